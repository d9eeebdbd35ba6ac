import type {
  AuthenticationCredential,
  CreationOptions,
  RegistrationCredential,
  RequestOptions,
} from './enrollment.ts';
import type { ConnectedKey, KeyFacts } from './key.ts';

/**
 * What a workstation is told to do. Each becomes one compact JWS: audience one workstation, single use, at most 120 s
 * (lifecycle manager §5). `device` is the workstation's connection id of the plugged-in key: pulled out and put back
 * is another connection, so an old order can't reach it. The JSON shape is the wire's `OrderClaims`.
 */
export type OrderAction =
  /** Take control, list the keys and let each prove its asset tag. */
  | {
      readonly action: 'session';
      readonly identify: { readonly rpId: string; readonly challenge: string } | null;
    }
  | {
      readonly action: 'configure';
      readonly device: string;
      readonly pin: {
        readonly mode: 'typed' | 'none';
        readonly minimumLength: number;
        readonly maximumLength: number;
        readonly characters: 'any' | 'digits' | 'letters-and-digits';
      };
      readonly minPINLength: number | null;
      readonly alwaysUv: boolean | null;
      readonly assetTag: {
        readonly rpId: string;
        readonly rpName: string;
        /** base64url of the device id's bytes. */
        readonly userHandle: string;
        readonly challenge: string;
      } | null;
    }
  | {
      readonly action: 'enroll';
      readonly device: string;
      readonly options: CreationOptions;
      readonly origin: string;
      /** Written after the credential: a key that demands a PIN change gives no token (§6). */
      readonly forcePINChange: boolean;
    }
  | {
      readonly action: 'remove-credential';
      readonly device: string;
      readonly rpId: string;
      /** One of the two is given: the credential, or everything this user has at the RP on this key. */
      readonly credentialId: string | null;
      readonly userHandle: string | null;
      /** Never removed: what the user already has at the provider may be on this very key. */
      readonly keepCredentialIds: readonly string[];
    }
  | {
      /** "Test this key": one assertion for the tenant's own authentication service. */
      readonly action: 'authenticate';
      readonly device: string;
      readonly options: RequestOptions;
      readonly origin: string;
    }
  | { readonly action: 'reset'; readonly device: string };

export interface IssuedOrder {
  /** The JWS's `jti`. */
  readonly orderId: string;
  readonly workstationId: string;
  readonly action: OrderAction['action'];
  readonly enrollmentId: string | null;
  /** Whose key it acts on, where the server knows. */
  readonly deviceId: string | null;
  /** Random bytes that the answer must be about (tag assertion), base64url. */
  readonly challenge: string | null;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** Set by the first receipt that names it: a receipt is taken once. */
  readonly answeredAt: Date | null;
}

/** What a receipt says that an order did. The wire's `OrderResult`, checked against its schema before it comes here. */
export type OrderResult =
  | { readonly action: 'session'; readonly devices: readonly ConnectedKey[] }
  | {
      readonly action: 'configure';
      readonly facts: KeyFacts;
      /** A registration for the asset tag's RP ID, where the order asked for a tag. */
      readonly assetTag: RegistrationCredential | null;
    }
  | { readonly action: 'enroll'; readonly credential: RegistrationCredential; readonly facts: KeyFacts }
  | { readonly action: 'remove-credential'; readonly removed: number }
  | { readonly action: 'authenticate'; readonly credential: AuthenticationCredential }
  | { readonly action: 'reset'; readonly facts: KeyFacts };
