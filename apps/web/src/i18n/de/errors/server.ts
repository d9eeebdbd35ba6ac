import type { server as english } from '../../en/errors/server.ts';

const nothingDone = 'Es wurde nichts geändert.';

export const server: typeof english = {
  unavailable: {
    happened: 'Der Server erreicht seine Datenbank nicht oder hat zu viel zu tun.',
    now: 'Nichts geht verloren: Was gespeichert ist, bleibt, und was auf einem Schlüssel ist, auch.',
    do: 'Warten Sie einen Moment und versuchen Sie es dann noch einmal.',
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
    do: 'Warten Sie eine Minute und versuchen Sie es dann noch einmal.',
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
    now: 'Nichts geht verloren: Was gespeichert ist, bleibt, und was auf einem Schlüssel ist, auch.',
    do: 'Prüfen Sie das Netz dieses Rechners und versuchen Sie es dann noch einmal.',
  },
  'server-timeout': {
    happened: 'Der Server braucht zu lange für eine Antwort.',
    now: 'Nichts geht verloren: Was gespeichert ist, bleibt, und was auf einem Schlüssel ist, auch.',
    do: 'Warten Sie einen Moment und versuchen Sie es dann noch einmal.',
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
};
