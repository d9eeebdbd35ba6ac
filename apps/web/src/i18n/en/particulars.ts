/**
 * What an event tells beside the names, said after its own sentence: by its type, then by the names of the particulars that
 * it has, in the order of the alphabet; `none`: it has some, and all of them say that there is nothing.
 */
export const particulars = {
  client: { 'registration-allowed': { until: 'It may do so until {{until, datetime}}.' } },
  device: { configured: { 'policy-version': 'Policy: {{policy}}, version {{version, number}}.' } },
  group: {
    changed: {
      'added-removed': 'Added: {{added, number}}. Taken out: {{removed, number}}.',
      'added-before-removed':
        'Its name before: {{before}}. Added: {{added, number}}. Taken out: {{removed, number}}.',
      before: 'Its name before: {{before}}.',
    },
    created: { members: 'Members: {{members, number}}.' },
  },
  operator: { 'link-issued': { until: 'It is good once, until {{until, datetime}}.' } },
  passkey: {
    'enrollment-code-issued': { until: 'It is good until {{until, datetime}}.' },
    renamed: { before: 'Its name before: {{before}}.' },
    'validity-changed': {
      'from-until': 'From {{from, datetime}} until {{until, datetime}}.',
      from: 'From {{from, datetime}}, without an end.',
      until: 'From now on until {{until, datetime}}.',
      none: 'At any time.',
    },
  },
  'password-policy': {
    stored: {
      minimumLength: 'At least {{minimumLength, number}} characters; what was seen in a breach is accepted.',
      'minimumLength-refuseBreached':
        'At least {{minimumLength, number}} characters; what was seen in a breach is refused.',
    },
  },
  policy: { updated: { before: 'Its name before: {{before}}.' } },
  'provisioning-token': { issued: { until: 'Whoever holds it may provision until {{until, datetime}}.' } },
  theme: {
    stored: {
      version: 'Version {{version, number}}.',
      'note-version': 'Version {{version, number}}: {{note}}',
    },
  },
  workflow: { stored: { note: 'Note: {{note}}' } },
  workstation: {
    paired: { before: 'Its name before: {{before}}.' },
    'pairing-code-issued': { until: 'It is good once, until {{until, datetime}}.' },
  },
};
