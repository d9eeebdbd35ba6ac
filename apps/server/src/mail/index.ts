export { createMail, type MailConfiguration, noMail } from './smtp.ts';
