import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { VirtualKeys } from './virtual-keys.ts';

/**
 * What the process that launched us may do to the virtual keys, over Node's IPC channel: the hands of an end-to-end
 * test. `index` 0 is VK-0001. Answered with `{ type: 'virtual-done', id, action, index, error }`, `error` null when it
 * was done; `id` comes back as it was sent.
 *
 * - `remove`, `attach`: pull the key out, plug it in (another connection each time)
 * - `hold-touch`: leave it untouched when it blinks; `auto-touch`: touch it after a moment, as at the start
 * - `touch`: touch it now
 */
export const VirtualControl = Type.Object({
  type: Type.Literal('virtual'),
  id: Type.Optional(Type.Union([Type.String(), Type.Number()])),
  action: Type.Enum(['remove', 'attach', 'touch', 'hold-touch', 'auto-touch']),
  index: Type.Integer({ minimum: 0 }),
});
export type VirtualControl = Static<typeof VirtualControl>;

const schema = Compile(VirtualControl);

/** What to answer; null for a message that is not about virtual keys. */
export function controlVirtualKeys(keys: VirtualKeys, message: unknown): Record<string, unknown> | null {
  if (!schema.Check(message)) return null;
  const { id = null, action, index } = message;
  try {
    act(keys, message);
    return { type: 'virtual-done', id, action, index, error: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'failed';
    return { type: 'virtual-done', id, action, index, error: reason };
  }
}

function act(keys: VirtualKeys, { action, index }: VirtualControl): void {
  const actions: Readonly<Record<typeof action, () => void>> = {
    remove: () => keys.remove(index),
    attach: () => keys.attach(index),
    touch: () => keys.touch(index),
    'hold-touch': () => keys.holdTouch(index),
    'auto-touch': () => keys.autoTouch(index),
  };
  actions[action]();
}
