import type { lifecycle as english } from '../../en/errors/lifecycle.ts';

const nothingChanged = 'Am Schlüssel wurde nichts geändert, und es wurde nichts zugewiesen.';
const nothingDone = 'Es wurde nichts geändert.';

export const lifecycle: typeof english = {
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
