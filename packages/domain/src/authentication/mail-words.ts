/** The languages that mails are written in. */
export const mailLanguages = ['en', 'de', 'fr', 'es'] as const;
export type MailLanguage = (typeof mailLanguages)[number];

/** What a mail is about. The name of an authenticator comes from its user: whoever writes a body quotes it. */
export type MailTopic =
  | { readonly about: 'one-time-code'; readonly code: string; readonly minutes: number }
  | { readonly about: 'passkey-added'; readonly name: string }
  | { readonly about: 'passkey-removed'; readonly name: string }
  | { readonly about: 'one-time-code-app-added'; readonly name: string }
  | { readonly about: 'one-time-code-app-removed'; readonly name: string }
  | { readonly about: 'password-changed' };

export interface MailWords {
  readonly subject: string;
  /** Paragraphs. */
  readonly body: readonly string[];
  /** Shown large, between the first paragraph and the rest. */
  readonly code?: string;
}

interface Frame {
  readonly greeting: (name: string) => string;
  readonly closing: string;
}

export const mailFrames: Readonly<Record<MailLanguage, Frame>> = {
  en: {
    greeting: (name) => `Hello ${name},`,
    closing: 'This mail was sent automatically. Nobody reads answers to it.',
  },
  de: {
    greeting: (name) => `Guten Tag ${name},`,
    closing: 'Diese Nachricht wurde automatisch verschickt. Antworten darauf liest niemand.',
  },
  fr: {
    greeting: (name) => `Bonjour ${name},`,
    closing: 'Ce message a été envoyé automatiquement. Personne ne lit les réponses.',
  },
  es: {
    greeting: (name) => `Hola, ${name}:`,
    closing: 'Este mensaje se ha enviado automáticamente. Nadie lee las respuestas.',
  },
};

type Writer = (topic: MailTopic, where: string) => MailWords;

const english: Writer = (topic, where) => {
  const alarm = `If that was not you, tell your administrator at once: somebody may be using your account at ${where}.`;
  switch (topic.about) {
    case 'one-time-code':
      return {
        subject: `Your sign-in code for ${where}`,
        code: topic.code,
        body: [
          `This is your code to sign in to ${where}:`,
          `It is good for ${topic.minutes} minutes and for one sign-in. Type it only on the page where you asked for it, and tell it to nobody.`,
          'If you did not ask for it, you need not do anything: without the code nobody gets further.',
        ],
      };
    case 'passkey-added':
      return {
        subject: `A passkey was added to your account at ${where}`,
        body: [`The passkey “${topic.name}” was added to your account. It can be used to sign in.`, alarm],
      };
    case 'passkey-removed':
      return {
        subject: `A passkey was removed from your account at ${where}`,
        body: [
          `The passkey “${topic.name}” was removed from your account. It opens nothing any more.`,
          alarm,
        ],
      };
    case 'one-time-code-app-added':
      return {
        subject: `An authenticator app was added to your account at ${where}`,
        body: [`The app “${topic.name}” was added to your account. Its codes can be used to sign in.`, alarm],
      };
    case 'one-time-code-app-removed':
      return {
        subject: `An authenticator app was removed from your account at ${where}`,
        body: [
          `The app “${topic.name}” was removed from your account. Its codes are worth nothing now.`,
          alarm,
        ],
      };
    case 'password-changed':
      return {
        subject: `Your password at ${where} was changed`,
        body: ['The password of your account was changed. The old one is worth nothing now.', alarm],
      };
  }
};

const german: Writer = (topic, where) => {
  const alarm = `Wenn Sie das nicht waren, sagen Sie es sofort Ihrer Administration: Vielleicht benutzt jemand Ihr Konto bei ${where}.`;
  switch (topic.about) {
    case 'one-time-code':
      return {
        subject: `Ihr Anmeldecode für ${where}`,
        code: topic.code,
        body: [
          `Das ist Ihr Code für die Anmeldung bei ${where}:`,
          `Er gilt ${topic.minutes} Minuten und für eine Anmeldung. Geben Sie ihn nur auf der Seite ein, auf der Sie ihn angefordert haben, und sagen Sie ihn niemandem.`,
          'Wenn Sie ihn nicht angefordert haben, müssen Sie nichts tun: Ohne den Code kommt niemand weiter.',
        ],
      };
    case 'passkey-added':
      return {
        subject: `Ihrem Konto bei ${where} wurde ein Passkey hinzugefügt`,
        body: [
          `Der Passkey „${topic.name}“ wurde Ihrem Konto hinzugefügt. Man kann sich jetzt damit anmelden.`,
          alarm,
        ],
      };
    case 'passkey-removed':
      return {
        subject: `Von Ihrem Konto bei ${where} wurde ein Passkey entfernt`,
        body: [`Der Passkey „${topic.name}“ wurde von Ihrem Konto entfernt. Er öffnet nichts mehr.`, alarm],
      };
    case 'one-time-code-app-added':
      return {
        subject: `Ihrem Konto bei ${where} wurde eine Authenticator-App hinzugefügt`,
        body: [
          `Die App „${topic.name}“ wurde Ihrem Konto hinzugefügt. Man kann sich jetzt mit ihren Codes anmelden.`,
          alarm,
        ],
      };
    case 'one-time-code-app-removed':
      return {
        subject: `Von Ihrem Konto bei ${where} wurde eine Authenticator-App entfernt`,
        body: [
          `Die App „${topic.name}“ wurde von Ihrem Konto entfernt. Ihre Codes sind nichts mehr wert.`,
          alarm,
        ],
      };
    case 'password-changed':
      return {
        subject: `Ihr Passwort bei ${where} wurde geändert`,
        body: ['Das Passwort Ihres Kontos wurde geändert. Das alte ist nichts mehr wert.', alarm],
      };
  }
};

const french: Writer = (topic, where) => {
  const alarm = `Si ce n’était pas vous, prévenez tout de suite votre administration : quelqu’un utilise peut-être votre compte chez ${where}.`;
  switch (topic.about) {
    case 'one-time-code':
      return {
        subject: `Votre code de connexion pour ${where}`,
        code: topic.code,
        body: [
          `Voici votre code pour vous connecter à ${where} :`,
          `Il est valable ${topic.minutes} minutes et pour une seule connexion. Saisissez-le uniquement sur la page où vous l’avez demandé et ne le donnez à personne.`,
          'Si vous ne l’avez pas demandé, vous n’avez rien à faire : sans ce code, personne ne va plus loin.',
        ],
      };
    case 'passkey-added':
      return {
        subject: `Une clé d’accès a été ajoutée à votre compte chez ${where}`,
        body: [
          `La clé d’accès « ${topic.name} » a été ajoutée à votre compte. Elle permet de se connecter.`,
          alarm,
        ],
      };
    case 'passkey-removed':
      return {
        subject: `Une clé d’accès a été retirée de votre compte chez ${where}`,
        body: [
          `La clé d’accès « ${topic.name} » a été retirée de votre compte. Elle n’ouvre plus rien.`,
          alarm,
        ],
      };
    case 'one-time-code-app-added':
      return {
        subject: `Une application d’authentification a été ajoutée à votre compte chez ${where}`,
        body: [
          `L’application « ${topic.name} » a été ajoutée à votre compte. Ses codes permettent de se connecter.`,
          alarm,
        ],
      };
    case 'one-time-code-app-removed':
      return {
        subject: `Une application d’authentification a été retirée de votre compte chez ${where}`,
        body: [
          `L’application « ${topic.name} » a été retirée de votre compte. Ses codes ne valent plus rien.`,
          alarm,
        ],
      };
    case 'password-changed':
      return {
        subject: `Votre mot de passe chez ${where} a été changé`,
        body: ['Le mot de passe de votre compte a été changé. L’ancien ne vaut plus rien.', alarm],
      };
  }
};

const spanish: Writer = (topic, where) => {
  const alarm = `Si no fue usted, avise enseguida a su administración: puede que alguien use su cuenta en ${where}.`;
  switch (topic.about) {
    case 'one-time-code':
      return {
        subject: `Su código de acceso a ${where}`,
        code: topic.code,
        body: [
          `Este es su código para entrar en ${where}:`,
          `Vale durante ${topic.minutes} minutos y para un solo acceso. Escríbalo únicamente en la página en la que lo pidió y no se lo diga a nadie.`,
          'Si no lo pidió, no tiene que hacer nada: sin el código nadie puede seguir.',
        ],
      };
    case 'passkey-added':
      return {
        subject: `Se ha añadido una llave de acceso a su cuenta en ${where}`,
        body: [
          `La llave de acceso «${topic.name}» se ha añadido a su cuenta. Ya se puede entrar con ella.`,
          alarm,
        ],
      };
    case 'passkey-removed':
      return {
        subject: `Se ha quitado una llave de acceso de su cuenta en ${where}`,
        body: [`La llave de acceso «${topic.name}» se ha quitado de su cuenta. Ya no abre nada.`, alarm],
      };
    case 'one-time-code-app-added':
      return {
        subject: `Se ha añadido una aplicación de autenticación a su cuenta en ${where}`,
        body: [
          `La aplicación «${topic.name}» se ha añadido a su cuenta. Ya se puede entrar con sus códigos.`,
          alarm,
        ],
      };
    case 'one-time-code-app-removed':
      return {
        subject: `Se ha quitado una aplicación de autenticación de su cuenta en ${where}`,
        body: [`La aplicación «${topic.name}» se ha quitado de su cuenta. Sus códigos ya no valen.`, alarm],
      };
    case 'password-changed':
      return {
        subject: `Se ha cambiado su contraseña en ${where}`,
        body: ['La contraseña de su cuenta se ha cambiado. La anterior ya no vale.', alarm],
      };
  }
};

export const mailWriters: Readonly<Record<MailLanguage, Writer>> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
};

/** The first language of a preference list (BCP 47) that mails are written in; null: none of them. */
export function mailLanguageOf(preferences: readonly string[]): MailLanguage | null {
  for (const preference of preferences) {
    // Directories write `de_DE` as well.
    const tag = preference.toLowerCase().replaceAll('_', '-');
    const language = mailLanguages.find((known) => tag === known || tag.startsWith(`${known}-`));
    if (language !== undefined) return language;
  }
  return null;
}
