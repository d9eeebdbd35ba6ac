import type { Assignment, Enrollment, Policy } from '@keywarden/api';
import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Road } from '../../road/road.ts';
import type { Plan } from '../../road/steps.ts';
import { KeyDrawing, shapeOf } from '../../ui/key-drawing.tsx';
import { DeviceStatusMark } from '../../ui/status.tsx';
import type { ListedKey } from '../../workstation/link.ts';
import { useSigned } from '../surroundings.tsx';
import { type Blocked, newerDevice, offerFor, policySuits, presetPolicy } from './offer.ts';
import { RoadPanel } from './road-panel.tsx';
import type { Departure, Journey } from './use-road.ts';

interface Props {
  readonly listed: ListedKey;
  readonly plugged: boolean;
  readonly assignment: Assignment | null;
  readonly policies: readonly Policy[] | null;
  /** The policy chosen in this row; null: nothing chosen yet. */
  readonly choice: string | null;
  readonly onChoose: (connectionId: string, policyId: string) => void;
  /** Set where this row is the open one. */
  readonly journey: Journey | null;
  readonly road: Road | null;
  readonly running: boolean;
  readonly onDepart: (departure: Pick<Departure, 'policyId' | 'plan' | 'open'>) => void;
  readonly onClose: () => void;
}

export function KeyRow(props: Props) {
  const { journey, road, assignment, listed, plugged } = props;
  const { t } = useTranslation();
  const { tenant } = useSigned();
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const { key } = listed;
  const device = newerDevice(listed.device, journey === null ? null : (road?.enrollment?.device ?? null));
  const status = device?.status ?? 'NOT_CONFIGURED';
  const choice = props.choice ?? presetPolicy(props.policies ?? [], key.facts, lastPolicy(tenant).read());
  const finished = journey !== null && road?.phase.name === 'finished';
  const busyHere = journey !== null && props.running;
  const offer = offerFor(
    { ...listed, device },
    { person: assignment !== null, busy: props.running, plugged, policyId: choice },
  );
  const open = useOpenEnrollment(listed, journey);
  const rules =
    props.policies?.find((policy) => policy.policyId === (device?.policy?.policyId ?? choice))?.rules ?? null;
  const plan: Plan = {
    configures: offer.button === 'configure-and-assign',
    rules,
    pinSet: key.facts.clientPinSet,
  };
  const press = () => {
    if (offer.policy === 'choose') lastPolicy(tenant).write(choice);
    props.onDepart({ policyId: offer.policy === 'choose' ? choice : null, plan, open: null });
  };
  const reason = offer.blocked === null ? '' : why(t, offer.blocked, device?.owner?.displayName);
  const label = offer.button === 'configure-and-assign' ? t('assign.configureAndAssign') : t('assign.assign');

  return (
    <li className="key-row" data-open={journey !== null || undefined} data-status={status}>
      <div className="key-row-line">
        <KeyDrawing
          shape={shapeOf(key.model, key.transport)}
          label={t('key.drawing', { model: key.model })}
          virtual={key.virtual}
          touch="idle"
          size="row"
        />
        <div className="key-row-name">
          <span className="key-row-model" id={`${id}-model`}>
            {key.model}
            {key.virtual && <span className="badge">{t('key.virtual')}</span>}
          </span>
          <span className="key-row-facts">
            {[
              key.serial === null ? t('key.noSerial') : t('key.serial', { serial: key.serial }),
              t(`key.transport.${key.transport}`),
              ...(key.facts.firmware === null ? [] : [t('key.firmware', { firmware: key.facts.firmware })]),
            ].join(' · ')}
          </span>
        </div>
        <div className="key-row-status" id={`${id}-status`}>
          {listed.recognised ? (
            <DeviceStatusMark status={status} />
          ) : (
            <span className="mark" data-tone="neutral">
              {t('key.recognising')}
            </span>
          )}
        </div>
        <div className="key-row-policy">
          <PolicyCell {...props} device={device} choice={choice} choosing={offer.policy === 'choose'} />
        </div>
        <div className="key-row-action">
          {finished ? null : (
            <>
              <Button
                ref={button}
                data-row-action
                px={8}
                variant={busyHere || journey === null ? 'light' : 'filled'}
                disabled={offer.blocked !== null || open.blocks}
                aria-describedby={`${id}-model ${id}-status${offer.blocked === null ? '' : ` ${id}-why`}`}
                onClick={press}
              >
                {label}
              </Button>
              {offer.blocked !== null && !busyHere && (
                <span className="key-row-why" id={`${id}-why`} title={reason}>
                  {reason}
                </span>
              )}
            </>
          )}
        </div>
      </div>
      {open.enrollment !== null && !props.running && journey === null && (
        <OpenEnrollment
          enrollment={open.enrollment}
          mine={open.enrollment.user.reference === assignment?.user.reference}
          onChoose={(choice) =>
            props.onDepart({
              policyId: null,
              plan,
              open: { enrollmentId: open.enrollment?.enrollmentId ?? '', choice },
            })
          }
        />
      )}
      {journey !== null && road !== null && (
        <RoadPanel
          journey={journey}
          road={road}
          assignment={assignment}
          model={key.model}
          onClose={() => {
            props.onClose();
            button.current?.focus();
          }}
          onResume={(choice) =>
            road.enrollmentId !== null &&
            props.onDepart({ policyId: null, plan, open: { enrollmentId: road.enrollmentId, choice } })
          }
        />
      )}
    </li>
  );
}

function PolicyCell({
  device,
  choice,
  choosing,
  ...props
}: Props & { readonly device: ListedKey['device']; readonly choice: string; readonly choosing: boolean }) {
  const { t } = useTranslation();
  const { tenant } = useSigned();
  const { listed, policies } = props;
  if (device?.status === 'ENROLLED') return <span>{device.owner?.displayName ?? '–'}</span>;
  if (!choosing) {
    return (
      <span className="key-row-linked">
        <span className="key-row-policy-label">{t('assign.policy')}</span> {device?.policy?.name ?? '–'}
      </span>
    );
  }
  if (policies !== null && policies.length === 0) {
    return (
      <span>
        {t('assign.noPolicies')}{' '}
        <Link to="/$tenant/console/policies/new" params={{ tenant }}>
          {t('assign.makePolicy')}
        </Link>
      </span>
    );
  }
  return (
    <NativeSelect
      aria-label={t('assign.policyFor', { model: listed.key.model })}
      value={choice}
      disabled={policies === null || props.running}
      onChange={(event) => props.onChoose(listed.key.connectionId, event.currentTarget.value)}
    >
      <option value="" disabled>
        {t('assign.choosePolicy')}
      </option>
      {policies?.map((policy) => {
        const suits = policySuits(policy, listed.key.facts);
        return (
          <option key={policy.policyId} value={policy.policyId} disabled={!suits}>
            {suits ? policy.name : t('assign.policyNotForModel', { name: policy.name })}
          </option>
        );
      })}
    </NativeSelect>
  );
}

/** What an earlier page left open for this key. */
function useOpenEnrollment(listed: ListedKey, journey: Journey | null) {
  const { tenant, management } = useSigned();
  const enrollmentId = listed.openEnrollmentId;
  const { data } = useQuery({
    queryKey: ['enrollment', tenant, enrollmentId],
    queryFn: () => management.enrollment(enrollmentId ?? ''),
    enabled: enrollmentId !== null && journey === null,
  });
  const enrollment = enrollmentId === null ? null : (data ?? null);
  // A leftover is overwritten by the next try for the same person; everything else is continued or rolled back first.
  const blocks = enrollmentId !== null && journey === null && enrollment?.status !== 'COMPENSATING';
  return { enrollment, blocks };
}

function OpenEnrollment({
  enrollment,
  mine,
  onChoose,
}: {
  readonly enrollment: Enrollment;
  readonly mine: boolean;
  readonly onChoose: (choice: 'continue' | 'roll-back') => void;
}) {
  const { t } = useTranslation();
  const leftover = enrollment.status === 'COMPENSATING';
  return (
    <div className="key-row-open">
      <span>
        {leftover
          ? t('assign.leftover')
          : t('assign.openFor', { name: enrollment.user.displayName || enrollment.user.username })}
      </span>
      {mine && !leftover && <Button onClick={() => onChoose('continue')}>{t('assign.goOn')}</Button>}
      <Button variant="default" onClick={() => onChoose('roll-back')}>
        {t('assign.rollBack')}
      </Button>
    </div>
  );
}

function why(t: TFunction, blocked: Blocked, owner: string | undefined): string {
  return blocked === 'owner' ? t('assign.why.owner', { name: owner ?? '–' }) : t(`assign.why.${blocked}`);
}

/** The policy that was used last in this browser: forty keys in a row usually get the same one. */
function lastPolicy(tenant: string) {
  const name = `keywarden.policy.${tenant}`;
  return {
    read: () => localStorage.getItem(name),
    write: (policyId: string) => localStorage.setItem(name, policyId),
  };
}
