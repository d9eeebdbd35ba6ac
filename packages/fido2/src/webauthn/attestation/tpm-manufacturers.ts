/** TCG TPM Vendor ID Registry, family 2.0: four characters as hexadecimal after `id:`. */
const vendors: readonly string[] = [
  'AMD\0',
  'ANT\0',
  'ATML',
  'BRCM',
  'CSCO',
  'FLYS',
  'ROCC',
  'GOOG',
  'HPI\0',
  'HPE\0',
  'HISI',
  'IBM\0',
  'IFX\0',
  'INTC',
  'LEN\0',
  'MSFT',
  'NSM ',
  'NSG\0',
  'NTC\0',
  'NTZ\0',
  'QCOM',
  'SMSC',
  'SMSN',
  'SECE',
  'SNS\0',
  'STM ',
  'TXN\0',
  'WEC\0',
  'SEAL',
];

const registered: ReadonlySet<string> = new Set(
  vendors.map((vendor) => {
    const hexadecimal = [...vendor].map((character) => character.charCodeAt(0).toString(16).padStart(2, '0'));
    return `id:${hexadecimal.join('')}`.toLowerCase();
  }),
);

export function isRegisteredTpmManufacturer(manufacturer: string): boolean {
  return registered.has(manufacturer.toLowerCase());
}
