import type { Device } from '@keywarden/api';
import type { ManagementClient } from '@keywarden/cli/road';

export interface RawAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Any call to the management API, whatever it answers. */
export async function callManagement(
  client: Pick<ManagementClient, 'baseUrl' | 'tenant' | 'cookie'>,
  request: { method: string; path: string; body?: unknown },
): Promise<RawAnswer> {
  const response = await fetch(`${client.baseUrl}/${client.tenant}/api/v1${request.path}`, {
    method: request.method,
    headers: {
      cookie: client.cookie,
      origin: client.baseUrl,
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

/** A new person in the built-in directory. */
export async function createUser(
  client: ManagementClient,
  username: string,
  displayName: string,
): Promise<void> {
  const answer = await callManagement(client, {
    method: 'POST',
    path: '/users',
    body: { username, displayName, email: null },
  });
  if (answer.status !== 201) throw new Error(`Creating ${username} answered ${answer.status}`);
}

/** As the server sees it, which is what counts. */
export async function deviceBySerial(client: ManagementClient, serial: string): Promise<Device> {
  const { items } = await client.devices();
  const found = items.find((device) => device.serial === serial);
  if (found === undefined) throw new Error(`The server knows no device ${serial}`);
  return found;
}
