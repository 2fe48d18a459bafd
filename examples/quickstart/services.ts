/** The three services of the quickstart, in the order in which they call each other. */

/** One service: what it is called, who answers for it, and what it calls next through the gateway. */
export interface ServicePlan {
  readonly name: string
  readonly owner: string
  /** Scope that a token needs for it. */
  readonly scope: string
  /** Path on the gateway that it calls; empty for the last one. */
  readonly next: string
}

/** storefront → orders → inventory. */
export const SERVICES: readonly ServicePlan[] = [
  { name: 'storefront', owner: 'team-web', scope: 'storefront.read', next: '/orders/7' },
  { name: 'orders', owner: 'team-checkout', scope: 'orders.read', next: '/inventory/gadget' },
  { name: 'inventory', owner: 'team-warehouse', scope: 'inventory.read', next: '' },
]
