import type { Policy } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Notice } from '../../ui/notice.tsx';
import { Fault } from '../fault.tsx';
import { Loading } from '../loading.tsx';
import { useSigned } from '../surroundings.tsx';
import { useTitle } from '../title.ts';
import { PolicyForm } from './policy-form.tsx';
import { draftOf, inputOf, newDraft, type PolicyDraft } from './policy-rules.ts';

/** One policy: a new one, one to change, or one that keys carry and that therefore only can be read and duplicated. */
export function PolicyPage({ policyId }: { readonly policyId: string | null }) {
  const { t } = useTranslation();
  const { tenant, management } = useSigned();
  const policy = useQuery({
    queryKey: ['policies', tenant, 'one', policyId],
    queryFn: ({ signal }) => management.policy(policyId ?? '', signal),
    enabled: policyId !== null,
  });
  const title =
    policyId === null ? t('policies.createTitle') : (policy.data?.name ?? t('policies.editTitle'));
  useTitle(title);
  return (
    <>
      <p className="crumb">
        <Link to="/$tenant/console/policies" params={{ tenant }}>
          {t('policies.title')}
        </Link>
      </p>
      <h1 className="page-title">{title}</h1>
      {policyId === null ? (
        <EditedPolicy policy={null} />
      ) : policy.data !== undefined ? (
        <EditedPolicy key={`${policy.data.policyId} ${policy.data.version}`} policy={policy.data} />
      ) : policy.error !== null ? (
        <Fault error={policy.error} focus />
      ) : (
        <Loading height={320} />
      )}
    </>
  );
}

function EditedPolicy({ policy }: { readonly policy: Policy | null }) {
  const { t } = useTranslation();
  const { tenant, management } = useSigned();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toList = () => void navigate({ to: '/$tenant/console/policies', params: { tenant } });
  const save = useMutation({
    mutationFn: (draft: PolicyDraft) =>
      policy === null
        ? management.createPolicy(inputOf(draft))
        : management.updatePolicy(policy.policyId, { ...inputOf(draft), version: policy.version }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['policies'] });
      notifications.show({ message: policy === null ? t('policies.created') : t('policies.saved') });
      toList();
    },
  });
  const duplicate = useMutation({
    mutationFn: () => management.duplicatePolicy(policy?.policyId ?? ''),
    onSuccess: (copy) => {
      void queries.invalidateQueries({ queryKey: ['policies'] });
      notifications.show({ message: t('policies.duplicated') });
      void navigate({
        to: '/$tenant/console/policies/$policyId',
        params: { tenant, policyId: copy.policyId },
      });
    },
  });
  const locked = policy !== null && policy.status === 'ACTIVE';
  const error = save.error ?? duplicate.error;
  return (
    <>
      {locked && (
        <Notice tone="info" title={t('policies.locked', { count: policy.deviceCount })}>
          <div className="notice-buttons">
            <Button loading={duplicate.isPending} onClick={() => duplicate.mutate()}>
              {t('policies.duplicate')}
            </Button>
          </div>
        </Notice>
      )}
      <PolicyForm
        start={policy === null ? newDraft : draftOf(policy)}
        locked={locked}
        button={policy === null ? t('policies.create') : t('app.save')}
        busy={save.isPending}
        fault={<Fault error={error} focus />}
        onSubmit={(draft) => save.mutate(draft)}
        onCancel={toList}
      />
    </>
  );
}
