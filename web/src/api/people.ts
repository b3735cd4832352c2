// Who may do what: accounts, sessions and tokens, one's own or those of all.
import { ask, order } from "./ask.svelte";
import type { AuditEntry, SessionShown, Told, TokenMade, TokenShown, User } from "./described";

export type { AuditEntry, SessionShown, TokenShown, User };
export const ROLES = ["viewer", "trainee", "operator", "engineer", "admin"];

/** Of whom lists are: one's own, or of everybody, which is for who keeps the accounts. */
export type Whose = "/api/me" | "/api";
export const readUsers = (): Promise<User[]> => ask("/api/users");
/** The newest entries, or those before a number. */
export const readAudit = (before?: number): Promise<AuditEntry[]> => ask(`/api/audit${before ? `?before=${before}` : ""}`);
export const readSessions = (whose: Whose): Promise<SessionShown[]> => ask(`${whose}/sessions`);
export const readTokens = (whose: Whose): Promise<TokenShown[]> => ask(`${whose}/tokens`);
export const endSession = (whose: Whose, id: string): Promise<Told> => order(`${whose}/sessions/${id}/end`);
export const revokeToken = (whose: Whose, id: string): Promise<Told> => order(`${whose}/tokens/${id}/revoke`);
export const makeToken = (label: string, scope: string[], days: number): Promise<TokenMade> =>
  order("/api/me/tokens", { label, scope: scope.join(","), days });
export const addUser = (name: string, role: string, password: string): Promise<User> =>
  order("/api/users", { name, role, password });
export const changeUser = (name: string, what: "role" | "password" | "disable" | "enable", body: object = {}): Promise<Told> =>
  order(`/api/users/${encodeURIComponent(name)}/${what}`, body);

/** An instant in s since 1970, as civil time for `civil`. */
export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
