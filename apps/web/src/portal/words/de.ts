import type { Words } from './en.ts';

export const de: Words = {
  title: 'Anmelden',
  titleTo: (client) => `Bei ${client} anmelden`,
  titleAccount: 'Beim eigenen Konto anmelden',
  loading: 'Wird geladen',
  username: 'Benutzername',
  continue: 'Weiter',
  usePasskey: 'Mit Passkey anmelden',
  or: 'oder',
  usePassword: 'Passwort benutzen',
  useApp: 'Code aus der App benutzen',
  useMail: 'Code per E-Mail bekommen',
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
  noWay: 'In diesem Browser bleibt kein Weg zur Anmeldung.',
  code: {
    title: 'Einmalcode',
    label: 'Code',
    fromApp: 'Öffnen Sie Ihre Authentifizierungs-App und geben Sie den Code ein, den sie zeigt.',
    fromMail: 'Ist zu diesem Benutzernamen eine E-Mail-Adresse bekannt, wurde ein Code dorthin gesendet.',
    missing: 'Geben Sie den Code ein.',
    again: 'Neuen Code senden',
    againIn: (seconds) => `Neuen Code senden in ${seconds} s`,
    sent: 'Ein neuer Code wurde gesendet.',
  },
  newPassword: {
    title: 'Neues Passwort wählen',
    lead: 'Ihr Passwort ist ein vorläufiges und nicht nur Ihnen bekannt. Wählen Sie eines, das nur Sie kennen.',
    label: 'Neues Passwort',
    atLeast: (count) =>
      `Mindestens ${count} Zeichen. Ein paar Wörter hintereinander sind lang und leicht zu merken.`,
    button: 'Passwort speichern',
    missing: 'Geben Sie ein neues Passwort ein.',
  },
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
    code: 'Geben Sie den Registrierungscode ein, den Ihr Helpdesk Ihnen gab. Er gilt einmal.',
    useCode: 'Registrierungscode des Helpdesks benutzen',
    codeLabel: 'Registrierungscode',
    make: 'Ihr Browser fragt, wo er ihn ablegen soll: auf diesem Gerät, Ihrem Telefon oder einem Sicherheitsschlüssel.',
    makeButton: 'Passkey anlegen',
    doneTitle: 'Passkey hinzugefügt',
    done: 'Sie können sich von jetzt an damit anmelden.',
    offerTitle: 'Nächstes Mal schneller anmelden?',
    notNow: 'Jetzt nicht',
  },
  leaving: (client) => `Es geht zurück zu ${client}`,
  footer: 'Keywarden',
  language: 'Sprache',
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
    'code-wrong': {
      happened: 'Dieser Code stimmt nicht oder gilt nicht mehr.',
      do: 'Geben Sie den neuesten ein. Jeder gilt einmal und nur kurz.',
    },
    'enrollment-code-wrong': {
      happened: 'Dieser Registrierungscode stimmt nicht, wurde schon benutzt oder ist abgelaufen.',
      do: 'Prüfen Sie ihn, oder bitten Sie Ihren Helpdesk um einen neuen.',
    },
    'code-sends-exhausted': {
      happened: 'Vorerst werden keine weiteren Codes gesendet.',
      do: 'Geben Sie den neuesten ein, nehmen Sie einen anderen Weg, oder warten Sie eine Weile.',
    },
    'way-not-enough': {
      happened: 'Die Anwendung verlangt einen Weg zur Anmeldung, den Sie noch nicht haben.',
      do: 'Fügen Sie zuerst einen Passkey hinzu, oder fragen Sie Ihren Helpdesk.',
    },
    'passkey-refused': {
      happened: 'Dieser Passkey wird hier nicht angenommen.',
      do: 'Benutzen Sie einen anderen Passkey oder einen anderen Weg zur Anmeldung.',
    },
    'passkey-not-allowed': {
      happened: 'Ihre Organisation erlaubt diese Art von Passkey nicht. Es wurde nichts hinzugefügt.',
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
    'too-many-requests': {
      happened: 'Es gab zu viele Versuche in kurzer Zeit.',
      do: 'Warten Sie eine Minute und versuchen Sie es noch einmal.',
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
      happened:
        'Es wurde kein Passkey angelegt: Es wurde abgebrochen, oder kein Gerät hier kann einen anlegen, wie er verlangt ist.',
      do: 'Versuchen Sie es noch einmal, wenn Sie bereit sind, notfalls mit einem anderen Gerät oder Schlüssel, oder lassen Sie es für später.',
    },
    'passkey-none-used': {
      happened: 'Es wurde kein Passkey benutzt: Es wurde abgebrochen, oder keiner für dieses Konto gefunden.',
      do: 'Versuchen Sie es mit dem Gerät oder Schlüssel, auf dem Ihr Passkey liegt, oder nehmen Sie einen anderen Weg.',
    },
    'passkey-timed-out': {
      happened: 'Es dauerte zu lange, und die Anfrage endete.',
      do: 'Legen Sie Schlüssel oder Telefon bereit und versuchen Sie es noch einmal.',
    },
    'passkey-aborted': {
      happened: 'Ihr Browser hat aufgehört, bevor der Passkey antworten konnte.',
      do: 'Schließen Sie andere Fenster, die nach einem Passkey fragen, und versuchen Sie es noch einmal.',
    },
    'passkey-on-this-device': {
      happened:
        'Dieses Gerät oder dieser Schlüssel hat schon einen Passkey für Sie. Es wurde nichts hinzugefügt.',
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
    'passkey-insecure': {
      happened: 'Passkeys gehen hier nicht: Die Verbindung zu dieser Seite ist nicht sicher.',
      do: 'Öffnen Sie die Seite unter einer Adresse, die mit https beginnt, oder nehmen Sie einen anderen Weg.',
    },
    'passkey-browser': {
      happened: 'Dieser Browser kann keine Passkeys benutzen.',
      do: 'Aktualisieren Sie ihn, öffnen Sie diese Seite in einem anderen Browser, oder nehmen Sie einen anderen Weg.',
    },
    'passkey-failed': {
      happened: 'Der Passkey konnte nicht benutzt werden.',
      do: 'Versuchen Sie es noch einmal, oder nehmen Sie einen anderen Weg.',
    },
    'account-ended': {
      happened: 'Sie sind abgemeldet: Ihre Sitzung ist zu Ende.',
      do: 'Melden Sie sich noch einmal an.',
    },
    'account-sign-in-failed': {
      happened: 'Diese Anmeldung ist vorbei, wurde schon benutzt oder begann in einem anderen Browser.',
      do: 'Melden Sie sich hier noch einmal an.',
    },
    'account-changed': {
      happened: 'Was Sie sahen, hat sich inzwischen geändert.',
      do: 'Sehen Sie die Liste noch einmal an.',
    },
    'app-code-wrong': {
      happened:
        'Das ist nicht der Code, den die App jetzt zeigen müsste. Die App ist noch nicht in Gebrauch.',
      do: 'Prüfen Sie, ob Ihr Telefon seine Uhr selbst stellt, und geben Sie den nächsten Code ein.',
    },
    'app-over': {
      happened: 'Diese App wartete zu lange auf ihren ersten Code, oder sie wurde entfernt.',
      do: 'Beginnen Sie noch einmal.',
    },
    'apps-not-offered': {
      happened: 'Jetzt kann keine Authentifizierungs-App hinzugefügt werden.',
      do: 'Entfernen Sie eine, die Sie nicht benutzen, oder fragen Sie Ihren Helpdesk.',
    },
    'password-too-short': {
      happened: 'Dieses Passwort ist zu kurz.',
      do: 'Nehmen Sie ein längeres; ein paar Wörter hintereinander sind leicht zu merken.',
    },
    'password-too-long': {
      happened: 'Dieses Passwort ist zu lang.',
      do: 'Nehmen Sie eines mit höchstens 256 Zeichen.',
    },
    'password-repetitive': {
      happened: 'Dieses Passwort besteht immer wieder aus denselben wenigen Zeichen.',
      do: 'Nehmen Sie ein abwechslungsreicheres.',
    },
    'password-about-you': {
      happened: 'Ohne Ihren Namen und Ihre Adresse bleibt von diesem Passwort wenig übrig.',
      do: 'Nehmen Sie eines, das nichts mit Ihnen zu tun hat.',
    },
    'password-common': {
      happened: 'Das ist eines der Passwörter, die jeder zuerst ausprobiert.',
      do: 'Nehmen Sie eines, das sonst niemand hat.',
    },
    'password-breached': {
      happened: 'Dieses Passwort wurde schon einmal anderswo gestohlen und wird seitdem überall ausprobiert.',
      do: 'Nehmen Sie eines, das Sie nirgends sonst benutzen. Wo Sie dieses sonst benutzen, ändern Sie es auch dort.',
    },
    'password-same': {
      happened: 'Das ist das Passwort, das ersetzt werden soll.',
      do: 'Wählen Sie ein anderes.',
    },
    'current-password-wrong': {
      happened: 'Das ist nicht Ihr jetziges Passwort. Es wurde nichts geändert.',
      do: 'Versuchen Sie es noch einmal, oder melden Sie sich noch einmal mit einem Passkey an: Dann brauchen Sie es nicht.',
    },
    'name-not-good': {
      happened: 'Dieser Name geht nicht. Es wurde nichts geändert.',
      do: 'Wählen Sie einen mit 1 bis 100 Zeichen.',
    },
  },
};
