import type { workstation as english } from '../../en/errors/workstation.ts';

const nothingChanged = 'Am Schlüssel wurde nichts geändert, und es wurde nichts zugewiesen.';

export const workstation: typeof english = {
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
};
