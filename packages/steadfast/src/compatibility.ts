/** What a worker's compatibility date and flags switch. */

/** The switches this package knows; each is on from its date unless a flag says otherwise. */
export interface Compatibility {
  /** `stub.fetch` refuses a URL that is not absolute. */
  readonly fullUrl: boolean;
  /** URLs that cannot be parsed are told in the words of the URL standard. */
  readonly standardUrl: boolean;
  /** Storage calls with wrong arguments reject instead of throwing. */
  readonly capturedThrows: boolean;
  /** Errors cross between objects and are stored with their own properties, name and cause. */
  readonly enhancedErrors: boolean;
  /** `deleteAll` clears the alarm too. */
  readonly deleteAllDeletesAlarm: boolean;
  /** `ctx.exports` is there. */
  readonly ctxExports: boolean;
  /** Assets tell a browser of a page that does not exist, without asking the worker. */
  readonly navigationsPreferAssets: boolean;
  /** Methods and properties of what a stub stands for can be used through it. */
  readonly rpc: boolean;
  /** Stubs have no helpers `get`, `put` and `delete` for requests. */
  readonly noFetchHelpers: boolean;
  /** A stub given as an argument stays its giver's too. */
  readonly paramsDupStubs: boolean;
  /** The reason of a Close frame must fit into it. */
  readonly closeReasonLimit: boolean;
  /** Binary messages arrive as blobs unless a program says otherwise. */
  readonly standardBinaryType: boolean;
  /** An accepted socket answers its peer's Close frame by itself. */
  readonly autoReplyToClose: boolean;
}

/** The switches of a worker; without a date, those of the newest. */
export function compatibilityOf(
  date: string | undefined,
  flags: readonly string[] = [],
): Compatibility {
  const isOn = ({ from, enable, disable }: Switch): boolean => {
    if (flags.includes(disable)) return false;
    return flags.includes(enable) || date === undefined || date >= from;
  };
  return {
    fullUrl: isOn(SWITCHES.fullUrl),
    standardUrl: isOn(SWITCHES.standardUrl),
    capturedThrows: isOn(SWITCHES.capturedThrows),
    enhancedErrors: isOn(SWITCHES.enhancedErrors),
    deleteAllDeletesAlarm: isOn(SWITCHES.deleteAllDeletesAlarm),
    ctxExports: isOn(SWITCHES.ctxExports),
    navigationsPreferAssets: isOn(SWITCHES.navigationsPreferAssets),
    rpc: isOn(SWITCHES.rpc),
    noFetchHelpers: isOn(SWITCHES.noFetchHelpers),
    paramsDupStubs: isOn(SWITCHES.paramsDupStubs),
    closeReasonLimit: isOn(SWITCHES.closeReasonLimit),
    standardBinaryType: isOn(SWITCHES.standardBinaryType),
    autoReplyToClose: isOn(SWITCHES.autoReplyToClose),
  };
}

interface Switch {
  readonly from: string;
  readonly enable: string;
  readonly disable: string;
}

const SWITCHES = {
  fullUrl: {
    from: "2021-11-10",
    enable: "durable_object_fetch_requires_full_url",
    disable: "durable_object_fetch_allows_relative_url",
  },
  standardUrl: { from: "2024-06-03", enable: "fetch_standard_url", disable: "fetch_legacy_url" },
  capturedThrows: {
    from: "2022-10-31",
    enable: "capture_async_api_throws",
    disable: "do_not_capture_async_api_throws",
  },
  enhancedErrors: {
    from: "2026-04-21",
    enable: "enhanced_error_serialization",
    disable: "legacy_error_serialization",
  },
  deleteAllDeletesAlarm: {
    from: "2026-02-24",
    enable: "delete_all_deletes_alarm",
    disable: "delete_all_preserves_alarm",
  },
  ctxExports: {
    from: "2025-11-17",
    enable: "enable_ctx_exports",
    disable: "disable_ctx_exports",
  },
  navigationsPreferAssets: {
    from: "2025-04-01",
    enable: "assets_navigation_prefers_asset_serving",
    disable: "assets_navigation_has_no_effect",
  },
  rpc: { from: "2024-04-03", enable: "rpc", disable: "no_rpc" },
  noFetchHelpers: {
    from: "2024-03-26",
    enable: "fetcher_no_get_put_delete",
    disable: "fetcher_has_get_put_delete",
  },
  paramsDupStubs: {
    from: "2026-01-20",
    enable: "rpc_params_dup_stubs",
    disable: "rpc_params_transfer_stubs",
  },
  closeReasonLimit: {
    from: "2026-03-03",
    enable: "websocket_close_reason_byte_limit",
    disable: "no_websocket_close_reason_byte_limit",
  },
  standardBinaryType: {
    from: "2026-03-17",
    enable: "websocket_standard_binary_type",
    disable: "no_websocket_standard_binary_type",
  },
  autoReplyToClose: {
    from: "2026-04-07",
    enable: "web_socket_auto_reply_to_close",
    disable: "web_socket_manual_reply_to_close",
  },
} as const satisfies Record<keyof Compatibility, Switch>;
