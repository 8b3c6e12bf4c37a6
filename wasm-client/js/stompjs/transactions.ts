import type { Client, Transaction } from "../index.js";

interface Open {
  transaction: Transaction;
  /** What waits for its end. */
  receipts: string[];
}

/** The open transactions of a connection, by the names that the page knows. */
export class Transactions {
  readonly #client: Client;
  readonly #open = new Map<string, Open>();

  constructor(client: Client) {
    this.#client = client;
  }

  begin(id: string): void {
    if (this.#open.has(id)) throw new Error(`there is a transaction ${JSON.stringify(id)} already: commit or abort it first`);
    this.#open.set(id, { transaction: this.#client.begin(), receipts: [] });
  }

  find(id: string): Transaction {
    return this.#get(id).transaction;
  }

  /** Has a receipt wait for the end of a transaction. */
  confirmLater(id: string, receipt: string): void {
    this.#get(id).receipts.push(receipt);
  }

  /** Ends one. Resolved with the receipts that have waited for it. */
  end(id: string, commit: boolean): Promise<string[]> {
    const { transaction, receipts } = this.#get(id);
    this.#open.delete(id);
    return (commit ? transaction.commit() : transaction.abort()).then(() => receipts);
  }

  #get(id: string): Open {
    const open = this.#open.get(id);
    if (!open) throw new Error(`there is no transaction ${JSON.stringify(id)} on this connection: begin one`);
    return open;
  }
}
