import type { PinUvAuthProtocol } from './pin-protocol.ts';
import { pinProtocolOne } from './pin-protocol-one.ts';
import { pinProtocolTwo } from './pin-protocol-two.ts';

export const pinUvAuthProtocols: readonly PinUvAuthProtocol[] = [pinProtocolOne, pinProtocolTwo];

export const pinUvAuthProtocol = (version: number): PinUvAuthProtocol | null =>
  pinUvAuthProtocols.find((protocol) => protocol.version === version) ?? null;
