import { ActionIcon } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTexts } from '../editing/use-texts.ts';

interface Props {
  readonly title: string;
  readonly kind: string;
  readonly fault: boolean;
  readonly disabled: boolean;
  /** null: it can't go further. */
  readonly onUp?: (() => void) | null;
  readonly onDown?: (() => void) | null;
  readonly onRemove: () => void;
  readonly children: ReactNode;
}

/** One part of a workflow: what it is, its place in the order, and what it holds. */
export function Card({ title, kind, fault, disabled, onUp, onDown, onRemove, children }: Props) {
  const { t } = useTexts();
  const button = { variant: 'subtle', color: 'gray', size: 'lg' } as const;
  return (
    <li className="part" data-fault={fault || undefined}>
      <div className="part-head">
        <div>
          <h3>{title}</h3>
          <span className="quiet">{kind}</span>
        </div>
        {!disabled && (
          <div className="part-buttons">
            {onUp !== undefined && (
              <ActionIcon
                {...button}
                aria-label={t('common.moveUp', { name: title })}
                disabled={onUp === null}
                onClick={() => onUp?.()}
              >
                <IconArrowUp size={18} aria-hidden="true" />
              </ActionIcon>
            )}
            {onDown !== undefined && (
              <ActionIcon
                {...button}
                aria-label={t('common.moveDown', { name: title })}
                disabled={onDown === null}
                onClick={() => onDown?.()}
              >
                <IconArrowDown size={18} aria-hidden="true" />
              </ActionIcon>
            )}
            <ActionIcon {...button} aria-label={t('common.remove', { name: title })} onClick={onRemove}>
              <IconTrash size={18} aria-hidden="true" />
            </ActionIcon>
          </div>
        )}
      </div>
      {children}
    </li>
  );
}
