import type { happenings as english, ends as englishEnds } from '../en/happenings.ts';

export const happenings: typeof english = {
  account: {
    opened: '{{target}} hat die Kontoseite geöffnet.',
    'sessions-ended': '{{target}} hat auf der Kontoseite andere Sitzungen beendet.',
  },
  authentication: {
    'code-sent': 'Im Namen von {{target}} wurde ein Code per E-Mail angefordert.',
    completed: '{{actor}} hat sich bei {{target}} angemeldet.',
    'factor-proven': '{{target}} hat einen Faktor nachgewiesen.',
    failed: 'Ein Faktor von {{target}} wurde nicht nachgewiesen.',
  },
  authenticator: {
    added: '{{target}} hat einen weiteren Weg, sich anzumelden.',
    changed: 'Das Passwort von {{target}} wurde geändert.',
    removed: '{{target}} hat einen Weg weniger, sich anzumelden.',
  },
  client: {
    changed: 'Die Anwendung {{target}} wurde geändert.',
    deleted: 'Die Anwendung {{target}} wurde gelöscht.',
    registered: 'Die Anwendung {{target}} wurde registriert.',
    'registration-allowed': 'Einer Anwendung wurde erlaubt, sich selbst zu registrieren.',
    'secret-rotated': 'Die Anwendung {{target}} hat ein neues Geheimnis bekommen.',
  },
  consent: { signed: '{{actor}} hat entschieden, was {{target}} erfahren darf.' },
  credential: { refused: 'Ein Passkey für {{target}} wurde abgelehnt.' },
  device: {
    configured: 'Die Richtlinie wurde auf {{target}} geschrieben und zurückgelesen.',
    discovered: '{{target}} wurde zum ersten Mal gesehen.',
    enrolled: '{{target}} wurde für die zugewiesene Person registriert.',
    'policy-linked': '{{target}} wurde mit einer Richtlinie verknüpft.',
    'policy-unlinked': '{{target}} wurde von seiner Richtlinie gelöst.',
    reset: 'Alles auf {{target}} wurde gelöscht.',
    retired: '{{target}} wurde ausgemustert.',
    'revocation-requested': 'Der Widerruf von {{target}} wurde angefordert.',
    revoked: '{{target}} wurde widerrufen: Niemand kann sich mehr damit anmelden.',
    'tag-rejected':
      'Ein eingesteckter Schlüssel gab sich als {{target}} aus und konnte es nicht beweisen. Er ist vielleicht eine Kopie.',
  },
  enrollment: {
    'cleaning-interrupted':
      'Was die Registrierung für {{target}} auf dem Schlüssel zurückließ, konnte nicht ganz entfernt werden.',
    compensated: 'Der Schlüssel ist wie vor der Registrierung für {{target}}.',
    completed: 'Die Registrierung für {{target}} ist abgeschlossen.',
    failed: 'Die Registrierung für {{target}} ist fehlgeschlagen.',
    'rolled-back': 'Die Registrierung für {{target}} wird zurückgenommen.',
    started: 'Eine Registrierung für {{target}} wurde begonnen.',
  },
  group: {
    changed: 'Die Gruppe {{target}} wurde geändert.',
    created: 'Die Gruppe {{target}} wurde angelegt.',
    deleted: 'Die Gruppe {{target}} wurde gelöscht; ihre Mitglieder bleiben.',
  },
  'identity-provider': { 'default-changed': 'Der Standard-Identitätsanbieter wurde geändert.' },
  key: { 'test-ordered': 'Eine Probe-Anmeldung mit einem Schlüssel wurde angeordnet.' },
  mail: { 'not-sent': 'Eine E-Mail an {{target}} wurde nicht versandt.' },
  operator: {
    activated: '{{target}} kann sich wieder an der Konsole anmelden.',
    changed: 'Die Bedienperson {{target}} wurde geändert.',
    created: '{{target}} wurde Bedienperson.',
    deactivated: '{{target}} kann sich nicht mehr an der Konsole anmelden.',
    'link-issued': 'Ein Anmeldelink für {{target}} wurde ausgestellt.',
    'signed-in': '{{target}} hat sich an der Konsole angemeldet.',
    'signed-out': '{{target}} hat sich von der Konsole abgemeldet.',
  },
  passkey: {
    activated: 'Der Passkey {{target}} kann wieder benutzt werden.',
    assigned: 'Der Passkey {{target}} wurde jemandem zugeteilt.',
    changed: 'Der Passkey {{target}} wurde geändert.',
    created: 'Der Passkey {{target}} wurde angelegt und wartet auf seine Registrierung.',
    'enrollment-code-issued': 'Ein einmaliger Registrierungscode für {{target}} wurde ausgestellt.',
    renamed: 'Ein Passkey hat den Namen {{target}} bekommen.',
    revoked: 'Der Passkey {{target}} wurde widerrufen.',
    suspended: 'Der Passkey {{target}} wurde ausgesetzt.',
    terminated: 'Der Passkey {{target}} wurde endgültig beendet.',
    unassigned: 'Der Passkey {{target}} gehört niemandem mehr.',
    'validity-changed': 'Die Zeit, in der der Passkey {{target}} benutzt werden darf, wurde geändert.',
  },
  'password-policy': { stored: 'Die Regeln für Passwörter wurden geändert.' },
  policy: {
    created: 'Die Richtlinie {{target}} wurde angelegt.',
    deleted: 'Die Richtlinie {{target}} wurde gelöscht; kein Schlüssel trug sie.',
    updated: 'Die Richtlinie {{target}} wurde geändert.',
  },
  'provisioning-token': {
    issued: 'Das Token {{target}} für die Bereitstellung wurde ausgestellt.',
    revoked: 'Das Token {{target}} für die Bereitstellung wurde widerrufen.',
  },
  'signing-keys': {
    rotated: 'Die Signaturschlüssel wurden gewechselt.',
    withdrawn: 'Die Signaturschlüssel wurden zurückgezogen: Was sie signiert haben, gilt nicht mehr.',
  },
  tenant: { created: 'Der Mandant {{target}} wurde angelegt.' },
  theme: {
    deleted: 'Das Design {{target}} wurde mit allen Versionen gelöscht.',
    stored: 'Das Design {{target}} wurde geändert.',
  },
  user: {
    changed: 'Der Eintrag von {{target}} im Verzeichnis wurde geändert.',
    created: '{{target}} wurde ins Verzeichnis aufgenommen.',
    deleted: '{{target}} wurde gelöscht, mit allem, was die Person auswies.',
    disabled: '{{target}} wurde gesperrt.',
    enabled: '{{target}} ist nicht mehr gesperrt.',
  },
  workflow: {
    stored: 'Version {{id}} des Ablaufs wurde gespeichert.',
    'unproven-enrollment-closed': 'Das Registrieren ohne jeden Nachweis wurde abgeschaltet.',
    'unproven-enrollment-open':
      'Wer noch keinen Weg hat, sich anzumelden, darf ohne jeden Nachweis einen registrieren. Wer einen solchen Benutzernamen kennt, übernimmt das Konto.',
  },
  workstation: {
    paired: 'Der Arbeitsplatz {{target}} wurde gekoppelt.',
    'pairing-code-issued': 'Ein Code zum Koppeln eines Arbeitsplatzes wurde ausgestellt.',
    unpaired: 'Der Arbeitsplatz {{target}} wurde entkoppelt: Er darf hier nicht mehr an Schlüsseln arbeiten.',
  },
};

export const ends: typeof englishEnds = {
  'operator-cancelled': 'Die Bedienperson hat abgebrochen.',
  OPERATION_CANCELLED: 'Die Bedienperson hat abgebrochen.',
  PIN_TOO_FEW_RETRIES: 'Der Schlüssel ließ zu wenige PIN-Versuche, um einen zu wagen.',
  superseded: 'Eine andere Richtlinie wurde gewählt, bevor die erste geschrieben war.',
  'device-retired': 'Der Schlüssel wurde inzwischen ausgemustert.',
};
