import type { ScopeWords, ThemeLanguage } from './theme.ts';

/** Of the usual workflow, said where a tenant's theme says nothing else. */
export const usualLabels: Readonly<Record<ThemeLanguage, Readonly<Record<string, string>>>> = {
  en: {
    'factor.fido': 'Passkey or security key',
    'factor.password': 'Password',
    'factor.new_password': 'New password',
    'factor.new_password.description': 'The one that you were given is temporary. Choose one of your own.',
    'enroll_action.fido': 'Add a passkey',
    'enroll_action.fido.description':
      'Sign in faster next time, with your security key, phone or this device.',
  },
  de: {
    'factor.fido': 'Passkey oder Sicherheitsschlüssel',
    'factor.password': 'Passwort',
    'factor.new_password': 'Neues Passwort',
    'factor.new_password.description':
      'Das Passwort, das Sie bekommen haben, gilt nur vorübergehend. Wählen Sie ein eigenes.',
    'enroll_action.fido': 'Passkey hinzufügen',
    'enroll_action.fido.description':
      'Melden Sie sich das nächste Mal schneller an: mit Sicherheitsschlüssel, Telefon oder diesem Gerät.',
  },
  fr: {
    'factor.fido': 'Clé d’accès ou clé de sécurité',
    'factor.password': 'Mot de passe',
    'factor.new_password': 'Nouveau mot de passe',
    'factor.new_password.description': 'Celui que vous avez reçu est provisoire. Choisissez le vôtre.',
    'enroll_action.fido': 'Ajouter une clé d’accès',
    'enroll_action.fido.description':
      'Connectez-vous plus vite la prochaine fois, avec votre clé de sécurité, votre téléphone ou cet appareil.',
  },
  es: {
    'factor.fido': 'Clave de acceso o llave de seguridad',
    'factor.password': 'Contraseña',
    'factor.new_password': 'Contraseña nueva',
    'factor.new_password.description': 'La que ha recibido es temporal. Elija la suya propia.',
    'enroll_action.fido': 'Añadir una clave de acceso',
    'enroll_action.fido.description':
      'La próxima vez iniciará sesión más rápido, con su llave de seguridad, su teléfono o este dispositivo.',
  },
};

/** The scopes of OpenID Connect Core §5.4 and §11. */
export const usualScopes: Readonly<Record<ThemeLanguage, Readonly<Record<string, ScopeWords>>>> = {
  en: {
    openid: { label: 'Your identity', description: 'Know who you are' },
    profile: { label: 'Your profile', description: 'See your name and username' },
    email: { label: 'Your e-mail address', description: 'See your e-mail address' },
    address: { label: 'Your address', description: 'See your postal address' },
    phone: { label: 'Your phone number', description: 'See your phone number' },
    offline_access: { label: 'Lasting access', description: 'Keep access while you are away' },
  },
  de: {
    openid: { label: 'Ihre Identität', description: 'Wissen, wer Sie sind' },
    profile: { label: 'Ihr Profil', description: 'Ihren Namen und Benutzernamen sehen' },
    email: { label: 'Ihre E-Mail-Adresse', description: 'Ihre E-Mail-Adresse sehen' },
    address: { label: 'Ihre Anschrift', description: 'Ihre Postanschrift sehen' },
    phone: { label: 'Ihre Telefonnummer', description: 'Ihre Telefonnummer sehen' },
    offline_access: {
      label: 'Dauerhafter Zugriff',
      description: 'Auch in Ihrer Abwesenheit Zugriff behalten',
    },
  },
  fr: {
    openid: { label: 'Votre identité', description: 'Savoir qui vous êtes' },
    profile: { label: 'Votre profil', description: 'Voir votre nom et votre identifiant' },
    email: { label: 'Votre adresse e-mail', description: 'Voir votre adresse e-mail' },
    address: { label: 'Votre adresse', description: 'Voir votre adresse postale' },
    phone: { label: 'Votre numéro de téléphone', description: 'Voir votre numéro de téléphone' },
    offline_access: { label: 'Accès durable', description: 'Garder l’accès en votre absence' },
  },
  es: {
    openid: { label: 'Su identidad', description: 'Saber quién es usted' },
    profile: { label: 'Su perfil', description: 'Ver su nombre y su nombre de usuario' },
    email: { label: 'Su correo electrónico', description: 'Ver su dirección de correo electrónico' },
    address: { label: 'Su dirección', description: 'Ver su dirección postal' },
    phone: { label: 'Su número de teléfono', description: 'Ver su número de teléfono' },
    offline_access: { label: 'Acceso permanente', description: 'Conservar el acceso en su ausencia' },
  },
};
