import type { directory as english } from '../../en/errors/directory.ts';

const nothingDone = 'Es wurde nichts geändert.';

export const directory: typeof english = {
  'tenant-not-found': {
    happened: 'Einen Mandanten dieses Namens gibt es auf diesem Server nicht.',
    now: nothingDone,
    do: 'Prüfen Sie die Adresse der Seite.',
  },
  'user-not-found': {
    happened: '{{username}} gibt es im Verzeichnis nicht.',
    now: 'Auf dieser Seite kann kein Schlüssel zugewiesen werden.',
    do: 'Prüfen Sie den Benutzernamen in der Adresse, oder nehmen Sie die Person ins Verzeichnis auf, und laden Sie neu.',
  },
  'user-ambiguous': {
    happened: 'Mehrere Personen im Verzeichnis heißen {{username}}.',
    now: 'Es kann kein Schlüssel zugewiesen werden, denn er könnte die falsche Person erreichen.',
    do: 'Machen Sie den Anmeldenamen im Verzeichnis eindeutig und laden Sie neu.',
  },
  'user-disabled': {
    happened: '{{username}} ist im Verzeichnis gesperrt.',
    now: 'Einer gesperrten Person kann kein Schlüssel zugewiesen werden.',
    do: 'Heben Sie die Sperre im Verzeichnis auf und laden Sie neu.',
  },
  'username-malformed': {
    happened: 'Die Adresse dieser Seite enthält keinen brauchbaren Benutzernamen.',
    now: 'Auf dieser Seite kann kein Schlüssel zugewiesen werden.',
    do: 'Öffnen Sie die Seite aus der Anwendung, die den Link gemacht hat, oder prüfen Sie den Link: höchstens 256 Zeichen, keine Steuerzeichen.',
  },
  'username-taken': {
    happened: 'Diesen Benutzernamen hat schon jemand anderes.',
    now: nothingDone,
    do: 'Wählen Sie einen anderen.',
  },
  'no-default-identity-provider': {
    happened: 'Dieser Mandant hat keinen Standard-Identitätsanbieter.',
    now: 'Niemand kann nachgeschlagen werden, also kann kein Schlüssel zugewiesen werden.',
    do: 'Bitten Sie die Administration, einen Standard-Identitätsanbieter zu wählen, und laden Sie neu.',
  },
  'identity-provider-not-found': {
    happened: 'Den Identitätsanbieter gibt es nicht mehr.',
    now: nothingDone,
    do: 'Bitten Sie die Administration, einen Standard-Identitätsanbieter zu wählen, und laden Sie neu.',
  },
  'identity-provider-inactive': {
    happened: 'Der Identitätsanbieter dieses Mandanten ist inaktiv.',
    now: 'Niemand kann nachgeschlagen werden, also kann kein Schlüssel zugewiesen werden.',
    do: 'Bitten Sie die Administration, seine Verbindung zu prüfen; das macht ihn aktiv. Laden Sie dann neu.',
  },
  'identity-provider-unreachable': {
    happened: 'Der Identitätsanbieter antwortet nicht.',
    now: 'Der Schlüssel ist noch niemandem zugewiesen.',
    do: 'Warten Sie einen Moment und versuchen Sie es noch einmal. Hält es an, fragen Sie, wer den Identitätsanbieter betreibt.',
  },
  'identity-provider-refused': {
    happened: 'Der Identitätsanbieter hat den Schlüssel nicht angenommen.',
    now: 'Er ist niemandem zugewiesen.',
    do: 'Prüfen Sie dort, ob solche Schlüssel für diese Person erlaubt sind, und versuchen Sie es dann noch einmal.',
  },
  'bearer-invalid': {
    happened: 'Das Zugangstoken des Verzeichnisses fehlt, ist unbekannt, widerrufen oder abgelaufen.',
    now: nothingDone,
    do: 'Stellen Sie ein neues Bereitstellungstoken aus und tragen Sie es dort ein.',
  },
  'scope-missing': {
    happened: 'Dieser Client darf keine Benutzer und Gruppen bereitstellen.',
    now: nothingDone,
    do: 'Bitten Sie einen Administrator, es zu erlauben.',
  },
  'provisioning-token-not-found': {
    happened: 'Dieses Bereitstellungstoken gibt es nicht.',
    now: nothingDone,
    do: 'Laden Sie die Liste neu.',
  },
  'group-not-found': {
    happened: 'Diese Gruppe gibt es nicht.',
    now: nothingDone,
    do: 'Laden Sie die Liste neu.',
  },
  'group-name-taken': {
    happened: 'Diesen Namen hat schon eine andere Gruppe.',
    now: nothingDone,
    do: 'Wählen Sie einen anderen.',
  },
  'filter-invalid': {
    happened: 'Der Filter kann nicht verwendet werden.',
    now: nothingDone,
    do: 'Korrigieren Sie ihn.',
  },
  'path-invalid': {
    happened: 'Der Pfad einer Änderung ist nicht lesbar.',
    now: nothingDone,
    do: 'Korrigieren Sie ihn.',
  },
  'no-target': {
    happened: 'An der Stelle, die geändert werden sollte, ist nichts.',
    now: nothingDone,
    do: 'Lesen Sie neu und wählen Sie, was vorhanden ist.',
  },
  'attribute-read-only': {
    happened: 'Diesen Wert schreibt nur der Server.',
    now: nothingDone,
    do: 'Lassen Sie ihn, wie er ist.',
  },
  'too-many-results': {
    happened: 'Die Antwort wäre zu groß.',
    now: nothingDone,
    do: 'Fragen Sie nach weniger.',
  },
  'precondition-failed': {
    happened: 'Jemand anderes hat das inzwischen geändert.',
    now: 'Ihre Änderung wurde nicht gespeichert.',
    do: 'Sehen Sie es noch einmal an und entscheiden Sie dann.',
  },
};
