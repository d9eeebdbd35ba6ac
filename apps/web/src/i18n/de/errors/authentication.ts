import type { authentication as english } from '../../en/errors/authentication.ts';

const nothingDone = 'Es wurde nichts geändert.';

export const authentication: typeof english = {
  'passkey-not-found': {
    happened: 'Der Server kennt diesen Passkey nicht mehr.',
    now: nothingDone,
    do: 'Laden Sie die Seite neu.',
  },
  'passkey-state-forbids': {
    happened: 'Das geht in dem Zustand nicht, in dem der Passkey ist.',
    now: 'Vielleicht hat ihn inzwischen jemand geändert; die Liste zeigt, wie es um ihn steht.',
    do: 'Sehen Sie seinen Zustand in der Liste an und wählen Sie dann neu. Was widerrufen ist, kommt nie zurück.',
  },
  'account-sign-in-invalid': {
    happened: 'Diese Anmeldung ist vorbei, wurde schon benutzt oder begann in einem anderen Browser.',
    now: 'Sie sind nicht angemeldet.',
    do: 'Öffnen Sie Ihre Kontoseite und melden Sie sich noch einmal an.',
  },
  'sign-in-too-old': {
    happened: 'Ihre Anmeldung ist mehr als fünf Minuten her.',
    now: nothingDone,
    do: 'Melden Sie sich noch einmal an und wiederholen Sie es.',
  },
  'last-way-in': {
    happened: 'Das ist der einzige Weg, auf dem Sie sich anmelden können.',
    now: nothingDone,
    do: 'Fügen Sie zuerst einen anderen hinzu.',
  },
  'current-password-wrong': {
    happened: 'Das ist nicht das Passwort, das jetzt gilt.',
    now: nothingDone,
    do: 'Versuchen Sie es noch einmal, oder melden Sie sich mit einem Passkey an.',
  },
  'password-disabled': {
    happened: 'Es gab zu viele falsche Passwörter; deshalb ist dieses eine Zeit lang gesperrt.',
    now: nothingDone,
    do: 'Melden Sie sich mit einem Passkey an, oder warten Sie.',
  },
  'passwords-not-offered': {
    happened: 'Passwörter beweisen hier nichts: Der Workflow hat keinen Faktor dafür.',
    now: nothingDone,
    do: 'Fügen Sie dem Workflow einen solchen Faktor hinzu, oder verzichten Sie darauf.',
  },
  'password-rejected': {
    happened:
      'Dieses Passwort ist nicht gut genug: zu kurz, auf jeder Liste häufiger Passwörter, oder es handelt von der Person.',
    now: nothingDone,
    do: 'Wählen Sie ein anderes; ein paar Wörter hintereinander sind lang und leicht zu merken.',
  },
  'one-time-code-wrong': {
    happened: 'Das ist nicht der Code, den die App jetzt zeigen müsste.',
    now: 'Die App ist noch nicht in Gebrauch.',
    do: 'Prüfen Sie, dass das Telefon seine Uhr selbst stellt, und geben Sie den Code ein, den es jetzt zeigt.',
  },
  'one-time-code-app-not-found': {
    happened:
      'Diese App für Einmalcodes ist nicht da: Sie wurde entfernt oder hat zu lange auf ihren ersten Code gewartet.',
    now: nothingDone,
    do: 'Laden Sie neu, und beginnen Sie von vorn, wenn eine hinzukommen soll.',
  },
  'one-time-codes-not-offered': {
    happened:
      'Es kann keine App für Einmalcodes hinzugefügt werden: Der Ablauf hat keinen Faktor dafür, oder die Person hat schon so viele, wie sie haben darf.',
    now: nothingDone,
    do: 'Fügen Sie dem Ablauf einen Faktor für Einmalcodes hinzu, oder entfernen Sie eine App, die niemand mehr benutzt.',
  },
};
