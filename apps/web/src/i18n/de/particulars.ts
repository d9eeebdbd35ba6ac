import type { particulars as englishParticulars } from '../en/particulars.ts';

export const particulars: typeof englishParticulars = {
  client: { 'registration-allowed': { until: 'Sie darf das bis {{until, datetime}}.' } },
  device: { configured: { 'policy-version': 'Richtlinie: {{policy}}, Version {{version, number}}.' } },
  group: {
    changed: {
      'added-removed': 'Hinzugefügt: {{added, number}}. Herausgenommen: {{removed, number}}.',
      'added-before-removed':
        'Vorheriger Name: {{before}}. Hinzugefügt: {{added, number}}. Herausgenommen: {{removed, number}}.',
      before: 'Vorheriger Name: {{before}}.',
    },
    created: { members: 'Mitglieder: {{members, number}}.' },
  },
  operator: { 'link-issued': { until: 'Er gilt einmal, bis {{until, datetime}}.' } },
  passkey: {
    'enrollment-code-issued': { until: 'Er gilt bis {{until, datetime}}.' },
    renamed: { before: 'Vorheriger Name: {{before}}.' },
    'validity-changed': {
      'from-until': 'Von {{from, datetime}} bis {{until, datetime}}.',
      from: 'Ab {{from, datetime}}, ohne Ende.',
      until: 'Ab sofort bis {{until, datetime}}.',
      none: 'Jederzeit.',
    },
  },
  'password-policy': {
    stored: {
      minimumLength:
        'Mindestens {{minimumLength, number}} Zeichen; was in einem Datenleck stand, wird angenommen.',
      'minimumLength-refuseBreached':
        'Mindestens {{minimumLength, number}} Zeichen; was in einem Datenleck stand, wird abgelehnt.',
    },
  },
  policy: { updated: { before: 'Vorheriger Name: {{before}}.' } },
  'provisioning-token': { issued: { until: 'Wer es hat, darf bis {{until, datetime}} bereitstellen.' } },
  theme: {
    stored: {
      version: 'Version {{version, number}}.',
      'note-version': 'Version {{version, number}}: {{note}}',
    },
  },
  workflow: { stored: { note: 'Vermerk: {{note}}' } },
  workstation: {
    paired: { before: 'Vorheriger Name: {{before}}.' },
    'pairing-code-issued': { until: 'Er gilt einmal, bis {{until, datetime}}.' },
  },
};
