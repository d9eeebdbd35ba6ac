import { notifications } from '@mantine/notifications';
import { useExplain } from './explain.ts';

/**
 * Tells beside the page why something was refused that no dialog asked for; it stays until it is put away, for whoever looks
 * elsewhere.
 */
export function useFaultNotice(): (error: Error) => void {
  const explain = useExplain();
  return (error) => {
    const { title, now, do: next } = explain(error);
    const message = [now, next].filter((part) => part !== undefined).join(' ');
    notifications.show({ role: 'alert', color: 'red', title, message, autoClose: false });
  };
}
