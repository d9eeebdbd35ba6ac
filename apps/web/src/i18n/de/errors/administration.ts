import type { administration as english } from '../../en/errors/administration.ts';

const nothingDone = 'Es wurde nichts geändert.';

export const administration: typeof english = {
  'operator-not-found': {
    happened: 'Diese Bedienperson gibt es nicht.',
    now: nothingDone,
    do: 'Laden Sie die Liste neu. Sind Sie es selbst, melden Sie sich mit einem neuen Link an.',
  },
  'operator-deactivated': {
    happened: 'Diese Bedienperson ist deaktiviert.',
    now: 'Es wurde kein Anmeldelink ausgestellt.',
    do: 'Aktivieren Sie sie zuerst.',
  },
  'owner-required': {
    happened: 'Nur ein Eigentümer ernennt, ändert oder lädt einen Eigentümer ein.',
    now: nothingDone,
    do: 'Fragen Sie einen Eigentümer dieses Mandanten.',
  },
  'own-access': {
    happened: 'Niemand ändert die eigene Rolle oder deaktiviert sich selbst.',
    now: nothingDone,
    do: 'Bitten Sie eine andere Person der Administration darum.',
  },
  'last-administrator': {
    happened: 'Es bliebe niemand, der Bedienpersonen ernennen kann.',
    now: nothingDone,
    do: 'Ernennen Sie zuerst jemand anderen.',
  },
  'sign-in-link-invalid': {
    happened: 'Dieser Anmeldelink ist falsch, verbraucht oder abgelaufen.',
    now: 'Sie sind nicht angemeldet.',
    do: 'Lassen Sie sich einen neuen Link geben.',
  },
  'role-forbids': {
    happened: 'Ihre Rolle erlaubt das nicht.',
    now: nothingDone,
    do: 'Fragen Sie die Administration dieses Mandanten.',
  },
  'version-conflict': {
    happened: 'Jemand anderes hat das inzwischen geändert.',
    now: 'Ihre Änderung wurde nicht gespeichert.',
    do: 'Laden Sie neu, um die andere zu sehen, und ändern Sie dann noch einmal.',
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
};
