import type { Words } from './en.ts';

export const de: Words = {
  title: 'Anmelden',
  titleTo: (client) => `Bei ${client} anmelden`,
  loading: 'Wird geladen',
  with: (tenant) => `mit Ihrem Konto bei ${tenant}`,
  username: 'Benutzername',
  continue: 'Weiter',
  usePasskey: 'Mit Passkey anmelden',
  or: 'oder',
  usePassword: 'Passwort benutzen',
  password: 'Passwort',
  showPassword: 'Passwort anzeigen',
  hidePassword: 'Passwort verbergen',
  signIn: 'Anmelden',
  as: (username) => `Anmeldung als ${username}`,
  change: 'Ändern',
  usernameMissing: 'Geben Sie Ihren Benutzernamen ein.',
  passwordMissing: 'Geben Sie Ihr Passwort ein.',
  waiting: 'Folgen Sie dem, was Ihr Browser fragt',
  second: 'Noch ein Schritt',
  secondNow: 'Ihre Organisation verlangt einen zweiten Nachweis.',
  back: 'Zurück',
  tryAgain: 'Noch einmal',
  noWay:
    'Dieser Browser kann keine Passkeys benutzen, und ein anderer Weg zur Anmeldung wird nicht angeboten.',
  noWayDo: 'Öffnen Sie diese Seite in einem anderen Browser.',
  consent: {
    title: (client) => `${client} bittet um Zugriff`,
    now: 'Die Anwendung möchte:',
    allow: 'Erlauben',
    deny: 'Nicht erlauben',
  },
  add: {
    link: 'Passkey hinzufügen',
    description:
      'Melden Sie sich nächstes Mal schneller an: mit Sicherheitsschlüssel, Telefon oder diesem Gerät.',
    title: 'Passkey hinzufügen',
    protect: 'Bestätigen Sie zuerst, dass Sie es sind.',
    make: 'Ihr Browser fragt, wo er ihn ablegen soll: auf diesem Gerät, Ihrem Telefon oder einem Sicherheitsschlüssel.',
    makeButton: 'Passkey anlegen',
    doneTitle: 'Passkey hinzugefügt',
    done: 'Sie können sich von jetzt an damit anmelden.',
    offerTitle: 'Nächstes Mal schneller anmelden?',
    notNow: 'Jetzt nicht',
  },
  leaving: (client) => `Es geht zurück zu ${client}`,
  footer: 'Keywarden',
  faults: {
    'request-missing': {
      happened: 'Diese Seite lässt sich nicht für sich öffnen.',
      do: 'Öffnen Sie die Anwendung, bei der Sie sich anmelden wollen, und beginnen Sie dort.',
    },
    'request-over': {
      happened: 'Diese Anmeldung ist abgelaufen.',
      do: 'Gehen Sie zur Anwendung zurück und beginnen Sie neu.',
    },
    'retries-exhausted': {
      happened: 'Es gab zu viele falsche Versuche.',
      do: 'Gehen Sie zur Anwendung zurück und beginnen Sie neu.',
    },
    'password-wrong': {
      happened: 'Benutzername oder Passwort stimmt nicht.',
      do: 'Prüfen Sie beides und versuchen Sie es noch einmal.',
    },
    'passkey-refused': {
      happened: 'Dieser Passkey wird hier nicht angenommen.',
      do: 'Benutzen Sie einen anderen Passkey oder Ihr Passwort.',
    },
    'passkey-not-allowed': {
      happened: 'Ihre Organisation erlaubt diese Art von Passkey nicht.',
      do: 'Benutzen Sie einen anderen Sicherheitsschlüssel oder ein anderes Gerät, oder fragen Sie Ihren Helpdesk, welche erlaubt sind.',
    },
    'passkey-known': {
      happened: 'Dieser Passkey ist schon registriert.',
      do: 'Melden Sie sich damit an, oder fügen Sie einen auf einem anderen Gerät hinzu.',
    },
    'authenticator-disabled': {
      happened: 'Dieser Weg zur Anmeldung ist vorerst gesperrt.',
      do: 'Nehmen Sie einen anderen, versuchen Sie es später, oder fragen Sie Ihren Helpdesk.',
    },
    'not-permitted': {
      happened: 'Das ist jetzt nicht erlaubt.',
      do: 'Bestätigen Sie, dass Sie es sind, und versuchen Sie es noch einmal.',
    },
    'server-unreachable': {
      happened: 'Der Server ist nicht zu erreichen.',
      do: 'Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
    },
    'server-failed': {
      happened: 'Der Server konnte das nicht zu Ende bringen.',
      do: 'Versuchen Sie es gleich noch einmal. Kommt es wieder vor, fragen Sie Ihren Helpdesk.',
    },
    'passkey-cancelled': {
      happened: 'Es wurde nichts bestätigt: Es wurde abgebrochen oder dauerte zu lange.',
      do: 'Versuchen Sie es noch einmal, oder nehmen Sie einen anderen Weg.',
    },
    'passkey-on-this-device': {
      happened: 'Dieses Gerät oder dieser Schlüssel hat schon einen Passkey für Sie.',
      do: 'Melden Sie sich damit an, oder nehmen Sie ein anderes Gerät oder einen anderen Schlüssel.',
    },
    'passkey-wrong-address': {
      happened: 'Unter der Adresse dieser Seite gehen Passkeys nicht.',
      do: 'Öffnen Sie sie unter ihrer üblichen Adresse. Kamen Sie über einen Link, fragen Sie Ihren Helpdesk.',
    },
    'passkey-unsupported': {
      happened: 'Dieses Gerät oder dieser Schlüssel kann nicht, was hier nötig ist.',
      do: 'Nehmen Sie einen anderen, oder richten Sie zuerst PIN oder Fingerabdruck darauf ein.',
    },
    'passkey-failed': {
      happened: 'Der Passkey konnte nicht benutzt werden.',
      do: 'Versuchen Sie es noch einmal, oder nehmen Sie einen anderen Weg.',
    },
  },
};
