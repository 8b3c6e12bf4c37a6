// The machine and the process that the gateway runs on.

import { type Api, ApiError } from "./http.ts";

export interface Node {
  name: string;
  running?: boolean;
  version?: string;
  os_pid?: string;
  processors?: number;
  /** Milliseconds since it started. */
  uptime?: number;
  /** Resident octets of the process. */
  mem_used?: number;
  /** Octets of the machine or of the cgroup. */
  mem_limit?: number;
  /** Publishers are blocked. */
  mem_alarm?: boolean;
  /** Octets held in queues. */
  message_memory_used?: number;
  /** Octets in queues from which on publishers are blocked. */
  message_memory_limit?: number;
  fd_used?: number;
  fd_total?: number;
  sockets_used?: number;
  /** These three are absent while the server keeps nothing on disk. */
  disk_free?: number;
  disk_free_limit?: number;
  disk_free_alarm?: boolean;
}

/** The node, or null with a server that does not tell of it. */
export async function fetchNode(api: Api): Promise<Node | null> {
  try {
    const nodes = (await (await api.get("/api/nodes")).json()) as Node[];
    return nodes[0] ?? null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
