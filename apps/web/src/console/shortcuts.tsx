import { Kbd } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from './dialog.tsx';

const opened = 'keywarden:shortcuts';

/** From a menu; the dialog itself lives in the shell. */
export function showShortcuts(): void {
  window.dispatchEvent(new Event(opened));
}

/** `/` goes to the page's search field, `?` shows what the keyboard can do. */
export function Shortcuts() {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const show = () => setShown(true);
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (event.key === '?') show();
      else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('[data-search]');
        if (search === null) return;
        event.preventDefault();
        search.focus();
        search.select();
      }
    };
    window.addEventListener(opened, show);
    document.addEventListener('keydown', press);
    return () => {
      window.removeEventListener(opened, show);
      document.removeEventListener('keydown', press);
    };
  }, []);
  return (
    <Dialog opened={shown} onClose={() => setShown(false)} title={t('shortcuts.title')}>
      <dl className="shortcuts">
        <Shortcut keys={['/']} does={t('shortcuts.search')} />
        <Shortcut keys={['?']} does={t('shortcuts.help')} />
        <Shortcut keys={['↑', '↓']} does={t('shortcuts.arrows')} />
        <Shortcut keys={['Enter']} does={t('shortcuts.enter')} />
        <Shortcut keys={['Esc']} does={t('shortcuts.escape')} />
      </dl>
    </Dialog>
  );
}

function Shortcut({ keys, does }: { readonly keys: readonly string[]; readonly does: string }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </div>
  );
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  );
}
