import { Type } from 'typebox';
import { Value } from 'typebox/value';

const Ready = Type.Object({ type: Type.Literal('ready') });

/** The process that started us and listens on the IPC channel, if any. */
export interface Launcher {
  /** True where there is one. */
  readonly present: boolean;
  /** Resolves when it is on its way, or nobody is there to be told. */
  tell(message: Readonly<Record<string, unknown>>): Promise<void>;
  /** Resolves when it says that its part of the start is done too; at once where there is none. */
  readonly ready: Promise<void>;
}

export function connectLauncher(channel: NodeJS.Process): Launcher {
  const present = channel.send !== undefined && channel.connected;
  const ready = new Promise<void>((resolve) => {
    if (!present) return resolve();
    channel.on('message', (message: unknown) => {
      if (Value.Check(Ready, message)) resolve();
    });
  });
  return {
    present,
    ready,
    tell(message) {
      return new Promise((resolve) => {
        // Gone in this moment: the disconnect stops us.
        if (channel.connected && channel.send !== undefined) channel.send(message, () => resolve());
        else resolve();
      });
    },
  };
}
