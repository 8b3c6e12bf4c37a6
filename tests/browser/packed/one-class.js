import { WharfError } from "@wharf/client";

console.log(WharfError.name);
