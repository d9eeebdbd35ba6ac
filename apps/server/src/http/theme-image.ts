import type { Ports, TenantId } from '@keywarden/domain';

/** Where everybody is shown an image of a theme. The name is made from its bytes, so it never shows another one. */
export function themeImageAddress(
  { surroundings }: Pick<Ports, 'surroundings'>,
  image: { readonly tenantId: TenantId; readonly digest: string },
): string {
  return `${surroundings.publicUrl}/${image.tenantId}/authn/theme/images/${image.digest}`;
}
