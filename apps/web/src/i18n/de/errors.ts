import type { ErrorTexts } from '../codes.ts';

const nothingChanged = 'Am Schlüssel wurde nichts geändert, und es wurde nichts zugewiesen.';
const nothingDone = 'Es wurde nichts geändert.';

export const errors: ErrorTexts = {
  MESSAGE_MALFORMED: {
    happened: 'Der Arbeitsplatzdienst hat diese Seite nicht verstanden.',
    now: nothingChanged,
    do: 'Laden Sie die Seite neu. Kommt es wieder vor, haben Dienst und Server verschiedene Versionen: Aktualisieren Sie den älteren.',
  },
  NOT_PAIRED: {
    happened: 'Dieser Arbeitsplatz ist nicht mit diesem Server gekoppelt.',
    now: nothingChanged,
    do: 'Koppeln Sie den Arbeitsplatz und drücken Sie dann „Mit Dienst verbinden“.',
  },
  SESSION_REQUIRED: {
    happened: 'Der Arbeitsplatzdienst kennt diese Seite nicht mehr.',
    now: 'Ob der Schlüssel fertig wurde, ist offen; der Server hält den Vorgang bereit.',
    do: 'Drücken Sie „Mit Dienst verbinden“ und machen Sie dann mit dem Schlüssel weiter.',
  },
  SESSION_HELD: {
    happened: 'Eine andere Seite benutzt diesen Arbeitsplatz.',
    now: nothingChanged,
    do: 'Bringen Sie es dort zu Ende, oder übernehmen Sie hier.',
  },
  SESSION_LOST: {
    happened: 'Eine andere Seite hat diesen Arbeitsplatz übernommen.',
    now: 'Ob der Schlüssel fertig wurde, ist offen; der Server hält den Vorgang bereit.',
    do: 'Bringen Sie es dort zu Ende, oder übernehmen Sie hier und machen Sie mit dem Schlüssel weiter.',
  },
  ORDER_MALFORMED: {
    happened: 'Der Arbeitsplatzdienst konnte den Auftrag für den Schlüssel nicht lesen.',
    now: nothingChanged,
    do: 'Dienst und Server haben wohl verschiedene Versionen. Aktualisieren Sie den älteren und versuchen Sie es dann noch einmal.',
  },
  ORDER_SIGNATURE: {
    happened:
      'Der Auftrag für den Schlüssel trug nicht die Unterschrift des Servers, mit dem dieser Arbeitsplatz gekoppelt ist.',
    now: nothingChanged,
    do: 'Koppeln Sie den Arbeitsplatz neu mit diesem Server. Hat niemand den Server geändert, fragen Sie zuerst Ihre Administration.',
  },
  ORDER_EXPIRED: {
    happened: 'Der Auftrag für den Schlüssel war abgelaufen, bevor er ausgeführt werden konnte.',
    now: nothingChanged,
    do: 'Prüfen Sie die Uhr dieses Rechners und versuchen Sie es dann noch einmal.',
  },
  ORDER_AUDIENCE: {
    happened: 'Der Auftrag war für einen anderen Arbeitsplatz bestimmt.',
    now: nothingChanged,
    do: 'Laden Sie die Seite neu und versuchen Sie es dann noch einmal.',
  },
  ORDER_USED: {
    happened: 'Der Auftrag war schon einmal ausgeführt worden.',
    now: 'Ein Auftrag gilt einmal; ein zweites Mal geschah nichts.',
    do: 'Laden Sie die Seite neu, um zu sehen, wie es um den Schlüssel steht.',
  },
  ORDER_DEVICE: {
    happened: 'Der Auftrag war für einen anderen Schlüssel bestimmt als den, den er erreichte.',
    now: nothingChanged,
    do: 'Wählen Sie den Schlüssel in der Liste noch einmal.',
  },
  RP_ID_FORBIDDEN: {
    happened:
      'Dieser Arbeitsplatz darf für die Anmeldeadresse, die der Server nannte, keine Passkeys anlegen.',
    now: nothingChanged,
    do: 'Koppeln Sie den Arbeitsplatz neu: Das erneuert seine Liste der Adressen.',
  },
  DEVICE_NOT_FOUND: {
    happened: 'Der Schlüssel steckte nicht mehr, als er an der Reihe war.',
    now: nothingChanged,
    do: 'Stecken Sie ihn ein und drücken Sie „{{button}}“.',
  },
  DEVICE_BUSY: {
    happened: 'Ein anderes Programm benutzte den Schlüssel.',
    now: nothingChanged,
    do: 'Schließen Sie andere Fenster, die nach dem Schlüssel fragen, und drücken Sie dann „{{button}}“.',
  },
  DEVICE_REMOVED: {
    happened: 'Der Schlüssel wurde abgezogen, {{during}}.',
    now: 'Er ist niemandem zugewiesen.',
    do: 'Stecken Sie ihn ein und drücken Sie „{{button}}“.',
  },
  DEVICE_FAILED: {
    happened: 'Der Schlüssel antwortete nicht mehr, {{during}}.',
    now: 'Er ist niemandem zugewiesen.',
    do: 'Ziehen Sie ihn ab, stecken Sie ihn wieder ein und drücken Sie „{{button}}“. Hilft das nicht, nehmen Sie einen anderen USB-Anschluss.',
  },
  OPERATION_NOT_FOUND: {
    happened: 'Der Schlüssel war mit dem, wonach die Seite fragte, schon fertig.',
    now: 'Die Liste zeigt, wie es um den Schlüssel steht.',
    do: 'Laden Sie die Seite neu, wenn etwas nicht stimmt.',
  },
  OPERATION_CANCELLED: {
    happened: 'Sie haben abgebrochen.',
    now: 'Er ist niemandem zugewiesen.',
    do: 'Drücken Sie „{{button}}“, um neu zu beginnen.',
  },
  PIN_WRONG: {
    happened: 'Das ist nicht die PIN dieses Schlüssels.',
    now: 'Er ist niemandem zugewiesen.',
    do: 'Drücken Sie „{{button}}“ und geben Sie die PIN noch einmal ein.',
  },
  PIN_TOO_FEW_RETRIES: {
    happened: 'Der Schlüssel hat nur noch {{retries}} PIN-Versuche: zu wenige, um einen zu wagen.',
    now: 'Mit der richtigen PIN arbeitet er weiter; er ist niemandem zugewiesen.',
    do: 'Sind Sie der PIN sicher, benutzen Sie sie einmal anderswo: Das gibt die Versuche zurück. Sonst setzen Sie den Schlüssel zurück.',
  },
  PIN_BLOCKED: {
    happened: 'Die PIN dieses Schlüssels ist gesperrt: Es gab zu viele falsche Eingaben.',
    now: 'Der Schlüssel verweigert alles, was seine PIN braucht.',
    do: 'Setzen Sie ihn zurück, was alle seine Passkeys löscht, oder nehmen Sie einen anderen.',
  },
  PIN_AUTH_BLOCKED: {
    happened: 'Dreimal hintereinander eine falsche PIN.',
    now: 'Der Schlüssel nimmt keine PIN an, bis er abgezogen wurde; Versuche hat er noch.',
    do: 'Ziehen Sie ihn ab, stecken Sie ihn wieder ein und drücken Sie „{{button}}“.',
  },
  PIN_REJECTED: {
    happened: 'Der Schlüssel hat diese PIN nicht angenommen.',
    now: 'Seine PIN ist unverändert.',
    do: 'Wählen Sie eine andere: länger oder mit anderen Zeichen.',
  },
  PIN_CHANGE_REQUIRED: {
    happened: 'Der Schlüssel verlangt eine neue PIN, bevor er etwas anderes tut.',
    now: nothingChanged,
    do: 'Ändern Sie seine PIN und drücken Sie dann „{{button}}“.',
  },
  TOUCH_TIMEOUT: {
    happened: 'Der Schlüssel wurde nicht rechtzeitig berührt.',
    now: 'Er ist niemandem zugewiesen.',
    do: 'Drücken Sie „{{button}}“ und berühren Sie den Schlüssel, wenn er blinkt.',
  },
  POLICY_UNMET: {
    happened: 'Dieser Schlüssel kann nicht, was die Richtlinie verlangt: {{field}}.',
    now: nothingChanged,
    do: 'Wählen Sie eine andere Richtlinie, oder nehmen Sie einen anderen Schlüssel.',
  },
  CREDENTIAL_EXCLUDED: {
    happened: 'Dieser Schlüssel trägt schon einen Passkey dieser Person.',
    now: 'Dieser Passkey gilt weiter; ein zweiter wurde nicht angelegt.',
    do: 'Benutzen Sie den Schlüssel, wie er ist, oder nehmen Sie einen anderen.',
  },
  KEY_FULL: {
    happened: 'Der Schlüssel hat keinen Platz für einen weiteren Passkey.',
    now: 'Die Passkeys darauf sind unverändert; er ist niemandem zugewiesen.',
    do: 'Entfernen Sie Passkeys, die niemand braucht, oder nehmen Sie einen anderen Schlüssel.',
  },
  CTAP_ERROR: {
    happened: 'Der Schlüssel hat sich geweigert, {{during}}.',
    now: 'Er ist niemandem zugewiesen.',
    do: 'Ziehen Sie ihn ab, stecken Sie ihn wieder ein und drücken Sie „{{button}}“.',
  },
  INTERNAL: {
    happened: 'Der Arbeitsplatzdienst ist gescheitert, {{during}}.',
    now: 'Den Grund hat er in sein Protokoll geschrieben; der Schlüssel ist niemandem zugewiesen.',
    do: 'Drücken Sie „{{button}}“, um es noch einmal zu versuchen. Hilft das nicht, starten Sie den Dienst neu.',
  },

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
  'device-not-found': {
    happened: 'Der Server kennt diesen Schlüssel nicht mehr.',
    now: nothingDone,
    do: 'Laden Sie die Seite neu.',
  },
  'device-state-forbids': {
    happened: 'Das geht in dem Zustand nicht, in dem der Schlüssel ist.',
    now: 'Vielleicht hat ihn inzwischen jemand geändert; die Liste zeigt, wie es um ihn steht.',
    do: 'Sehen Sie seinen Zustand in der Liste an und wählen Sie dann neu.',
  },
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
  'device-owned-by-another': {
    happened: 'Dieser Schlüssel gehört jemand anderem.',
    now: 'Für diese Person gilt er weiter.',
    do: 'Widerrufen Sie ihn zuerst dort, oder nehmen Sie einen anderen Schlüssel.',
  },
  'device-busy': {
    happened: 'Ein anderer Vorgang mit diesem Schlüssel ist noch offen.',
    now: 'Er wurde auf einer anderen Seite oder von jemand anderem begonnen.',
    do: 'Setzen Sie ihn in der Liste fort, oder machen Sie ihn rückgängig.',
  },
  'device-unrecognised': {
    happened: 'Der Server konnte nicht erkennen, welcher Schlüssel das ist.',
    now: nothingChanged,
    do: 'Ziehen Sie ihn ab, stecken Sie ihn wieder ein und wählen Sie ihn in der Liste.',
  },
  'policy-not-found': {
    happened: 'Diese Richtlinie gibt es nicht mehr.',
    now: nothingDone,
    do: 'Wählen Sie eine andere.',
  },
  'policy-required': {
    happened: 'Für diesen Schlüssel wurde keine Richtlinie gewählt.',
    now: nothingChanged,
    do: 'Wählen Sie eine Richtlinie und drücken Sie dann „{{button}}“.',
  },
  'policy-active': {
    happened: 'Diese Richtlinie wird von einem Schlüssel getragen.',
    now: 'Damit sie für diese Schlüssel wahr bleibt, kann sie weder geändert noch gelöscht werden.',
    do: 'Duplizieren Sie sie und ändern Sie die Kopie.',
  },
  'policy-name-taken': {
    happened: 'Eine andere Richtlinie heißt schon so.',
    now: nothingDone,
    do: 'Wählen Sie einen anderen Namen.',
  },
  'policy-unmet-by-device': {
    happened: 'Dieser Schlüssel kann nicht, was die Richtlinie verlangt: {{field}}.',
    now: nothingChanged,
    do: 'Wählen Sie eine andere Richtlinie, oder nehmen Sie einen anderen Schlüssel.',
  },
  'policy-not-written': {
    happened: 'Die Richtlinie wurde geschrieben, und der Schlüssel gibt etwas anderes zurück: {{field}}.',
    now: 'Der Schlüssel gilt als nicht konfiguriert.',
    do: 'Drücken Sie „{{button}}“, um sie neu zu schreiben. Hilft das nicht, nehmen Sie einen anderen Schlüssel.',
  },
  'enrollment-not-found': {
    happened: 'Der Server kennt diesen Vorgang nicht mehr.',
    now: 'Die Liste zeigt, wie es um den Schlüssel steht.',
    do: 'Beginnen Sie in der Liste neu.',
  },
  'enrollment-state-forbids': {
    happened: 'Der Vorgang ist inzwischen weiter.',
    now: 'Die Liste zeigt, wie es um den Schlüssel steht.',
    do: 'Laden Sie die Seite neu und machen Sie dort weiter.',
  },
  'enrollment-expired': {
    happened: 'Der Vorgang stand zu lange offen.',
    now: 'Der Server hat ihn beendet; der Schlüssel ist niemandem zugewiesen.',
    do: 'Drücken Sie „{{button}}“, um neu zu beginnen.',
  },
  'enrollment-in-progress': {
    happened: 'Der Server arbeitet gerade an diesem Vorgang.',
    now: 'Vielleicht endet er von selbst.',
    do: 'Drücken Sie „Noch einmal“.',
  },
  'credential-known': {
    happened: 'Der Passkey, den der Schlüssel angelegt hat, ist schon registriert.',
    now: 'Der registrierte gilt weiter für seine Person.',
    do: 'Nehmen Sie einen anderen Schlüssel, oder widerrufen Sie diesen zuerst.',
  },
  'credential-rejected': {
    happened: 'Der Server hat den Passkey, den der Schlüssel angelegt hat, nicht angenommen.',
    now: 'Er wurde nicht registriert und wird wieder vom Schlüssel genommen.',
    do: 'Versuchen Sie es noch einmal. Wird er wieder abgelehnt, benutzen Sie diesen Schlüssel nicht und fragen Sie Ihre Administration.',
  },
  'receipt-rejected': {
    happened: 'Der Server hat die Quittung des Arbeitsplatzdienstes nicht angenommen.',
    now: 'Was der Schlüssel tat, zählt nicht; er ist niemandem zugewiesen.',
    do: 'Koppeln Sie den Arbeitsplatz neu und versuchen Sie es dann noch einmal.',
  },
  'rp-id-forbidden': {
    happened: 'Der Server darf für diese Anmeldeadresse keine Passkeys anlegen lassen.',
    now: nothingChanged,
    do: 'Bitten Sie die Administration, die Adresse des Identitätsanbieters zu prüfen.',
  },
  'pairing-code-invalid': {
    happened: 'Der Kopplungscode ist falsch, verbraucht oder abgelaufen.',
    now: 'Der Arbeitsplatz wurde nicht gekoppelt.',
    do: 'Lassen Sie sich einen neuen Code geben.',
  },
  'idempotency-key-reused': {
    happened: 'Der Server hat diese Anfrage schon mit anderem Inhalt gesehen.',
    now: nothingDone,
    do: 'Laden Sie die Seite neu und versuchen Sie es dann noch einmal.',
  },
  'workstation-not-found': {
    happened: 'Der Server kennt diesen Arbeitsplatz nicht.',
    now: nothingChanged,
    do: 'Koppeln Sie den Arbeitsplatz neu.',
  },
  'operator-not-found': {
    happened: 'Der Server kennt Sie nicht mehr als Bedienperson.',
    now: nothingDone,
    do: 'Melden Sie sich mit einem neuen Link an.',
  },
  'sign-in-link-invalid': {
    happened: 'Dieser Anmeldelink ist falsch, verbraucht oder abgelaufen.',
    now: 'Sie sind nicht angemeldet.',
    do: 'Lassen Sie sich einen neuen Link geben.',
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
  'role-forbids': {
    happened: 'Ihre Rolle erlaubt das nicht.',
    now: nothingDone,
    do: 'Fragen Sie die Administration dieses Mandanten.',
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
    happened: 'Es wurde geändert, seit Sie es gelesen haben.',
    now: nothingDone,
    do: 'Laden Sie neu, um die Änderung zu sehen, und entscheiden Sie dann.',
  },
  'version-conflict': {
    happened: 'Jemand anderes hat das inzwischen geändert.',
    now: 'Ihre Änderung wurde nicht gespeichert.',
    do: 'Laden Sie neu, um die andere zu sehen, und ändern Sie dann noch einmal.',
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
  'input-invalid': {
    happened: 'Der Server hat die Eingabe nicht angenommen: {{field}}.',
    now: nothingDone,
    do: 'Berichtigen Sie sie und versuchen Sie es dann noch einmal.',
  },
  'document-invalid': {
    happened: 'Es enthält Fehler.',
    now: 'Nichts wurde gespeichert.',
    do: 'Berichtigen Sie die markierten Stellen und speichern Sie dann erneut.',
  },
  'version-not-found': {
    happened: 'Diese Version gibt es nicht.',
    now: 'Nichts wurde geändert.',
    do: 'Laden Sie die Liste der Versionen neu.',
  },
  'theme-not-found': {
    happened: 'Dieses Design gibt es nicht.',
    now: 'Nichts wurde geändert.',
    do: 'Laden Sie die Liste neu.',
  },
  'client-not-found': {
    happened: 'Diese Anwendung gibt es nicht.',
    now: 'Nichts wurde geändert.',
    do: 'Laden Sie die Liste neu.',
  },
  'theme-in-use': {
    happened: 'Dieses Design wird verwendet.',
    now: 'Es wurde nicht gelöscht.',
    do: 'Wählen Sie im Ablauf zuerst ein anderes Design. Das Standard-Design bleibt.',
  },
  unavailable: {
    happened: 'Der Server erreicht seine Datenbank nicht.',
    now: 'Was auf dem Schlüssel ist, bleibt dort; nichts geht verloren.',
    do: 'Warten Sie einen Moment und drücken Sie dann „Noch einmal“.',
  },
  'request-malformed': {
    happened: 'Der Server konnte nicht lesen, was diese Seite geschickt hat.',
    now: nothingDone,
    do: 'Laden Sie die Seite neu und versuchen Sie es dann noch einmal. Kommt es wieder vor, sagen Sie es Ihrer Administration.',
  },
  'sign-in-required': {
    happened: 'Ihre Anmeldung ist abgelaufen.',
    now: nothingDone,
    do: 'Melden Sie sich wieder an.',
  },
  'cross-site-request': {
    happened: 'Der Server hat eine Anfrage abgelehnt, die von einer anderen Website zu kommen schien.',
    now: nothingDone,
    do: 'Öffnen Sie diese Seite unter ihrer eigenen Adresse und versuchen Sie es dann noch einmal.',
  },
  'not-found': {
    happened: 'Der Server kennt diese Adresse nicht.',
    now: nothingDone,
    do: 'Laden Sie die Seite neu. Kommt es wieder vor, ist die Seite älter oder neuer als der Server.',
  },
  'method-not-allowed': {
    happened: 'Der Server erlaubt das hier nicht.',
    now: nothingDone,
    do: 'Laden Sie die Seite neu. Kommt es wieder vor, ist die Seite älter oder neuer als der Server.',
  },
  'body-too-large': {
    happened: 'Das war auf einmal zu viel für den Server.',
    now: nothingDone,
    do: 'Schicken Sie weniger.',
  },
  'media-type-unsupported': {
    happened: 'Der Server nimmt nicht an, in welcher Form diese Seite etwas geschickt hat.',
    now: nothingDone,
    do: 'Laden Sie die Seite neu. Kommt es wieder vor, ist die Seite älter oder neuer als der Server.',
  },
  'rate-limited': {
    happened: 'Zu viele Anfragen in kurzer Zeit.',
    now: nothingDone,
    do: 'Warten Sie eine Minute und drücken Sie dann „Noch einmal“.',
  },
  'pages-missing': {
    happened: 'Die Seiten von Keywarden sind auf diesem Server nicht gebaut.',
    now: nothingDone,
    do: 'Bitten Sie, wer den Server betreibt, npm run build auszuführen.',
  },
  internal: {
    happened: 'Der Server hat einen Fehler gemacht.',
    now: 'Was er nicht zu Ende brachte, zählt nicht.',
    do: 'Versuchen Sie es noch einmal. Kommt es wieder vor, nennen Sie Ihrer Administration die Kennung.',
  },

  'server-unreachable': {
    happened: 'Der Server ist nicht zu erreichen.',
    now: 'Was auf dem Schlüssel ist, bleibt dort; nichts geht verloren.',
    do: 'Prüfen Sie das Netz dieses Rechners und drücken Sie dann „Noch einmal“.',
  },
  'server-timeout': {
    happened: 'Der Server braucht zu lange für eine Antwort.',
    now: 'Was auf dem Schlüssel ist, bleibt dort; nichts geht verloren.',
    do: 'Drücken Sie „Noch einmal“.',
  },
  'answer-malformed': {
    happened: 'Der Server hat etwas geantwortet, das diese Seite nicht versteht.',
    now: 'Die Seite ist vielleicht älter als der Server.',
    do: 'Laden Sie die Seite neu. Kommt es wieder vor, sagen Sie es Ihrer Administration.',
  },
  problem: {
    happened: 'Der Server hat abgelehnt.',
    now: nothingDone,
    do: 'Versuchen Sie es noch einmal. Kommt es wieder vor, sagen Sie es Ihrer Administration.',
  },
  'not-open': {
    happened: 'Der Arbeitsplatzdienst war nicht zu erreichen.',
    now: nothingChanged,
    do: 'Drücken Sie „Mit Dienst verbinden“.',
  },
  'not-understood': {
    happened: 'Der Arbeitsplatzdienst hat nicht rechtzeitig geantwortet.',
    now: 'Die Liste ist vielleicht nicht auf dem neuesten Stand.',
    do: 'Drücken Sie „Mit Dienst verbinden“.',
  },
  closed: {
    happened: 'Die Verbindung zum Arbeitsplatzdienst ist abgerissen.',
    now: 'Ob der Schlüssel fertig wurde, ist offen; der Server hält den Vorgang bereit.',
    do: 'Drücken Sie „Mit Dienst verbinden“ und machen Sie dann mit dem Schlüssel weiter.',
  },
  'workstation-lost': {
    happened: 'Die Verbindung zum Arbeitsplatzdienst ist mittendrin abgerissen.',
    now: 'Ob der Schlüssel fertig wurde, ist offen; der Server hält den Vorgang bereit.',
    do: 'Drücken Sie „Mit Dienst verbinden“ und machen Sie dann weiter, oder machen Sie es rückgängig.',
  },
  'operator-cancelled': {
    happened: 'Sie haben abgebrochen.',
    now: 'Er ist niemandem zugewiesen.',
    do: 'Drücken Sie „{{button}}“, um neu zu beginnen.',
  },
  'enrollment-unfinished': {
    happened: 'Der Identitätsanbieter hat den Schlüssel noch nicht bestätigt.',
    now: 'Der Schlüssel hat seinen Teil getan; der Server macht von selbst weiter.',
    do: 'Drücken Sie „Noch einmal“, um nachzusehen, oder verlassen Sie die Seite: Nichts geht verloren.',
  },
};
