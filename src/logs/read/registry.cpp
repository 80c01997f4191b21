#include "logs/read/registry.h"

#include <fmt/format.h>

#include <array>

#include "base/assert.h"
#include "logs/read/audit.h"
#include "logs/read/eve_reader.h"
#include "logs/read/evtx_reader.h"
#include "logs/read/journal_export.h"
#include "logs/read/json_reader.h"
#include "logs/read/text_parser.h"
#include "logs/read/w3c.h"

namespace vedette::logs {
namespace {

template <class Format>
std::unique_ptr<Reader> plain(Input input, const ReaderContext&) {
  return std::make_unique<Format>(std::move(input));
}
std::unique_ptr<Reader> journal(Input input, const ReaderContext& context) {
  return std::make_unique<JournalExportReader>(std::move(input), context);
}
std::unique_ptr<Reader> json(Input input, const ReaderContext& context) {
  return std::make_unique<JsonReader>(std::move(input), context);
}
std::unique_ptr<Reader> w3c(Input input, const ReaderContext&) {
  return std::make_unique<LineReader>(std::move(input), std::make_unique<W3cParser>());
}

bool never(std::string_view) { return false; }
bool always(std::string_view) { return true; }

template <class Parser>
std::unique_ptr<Reader> lines(Input input, const ReaderContext& context) {
  return std::make_unique<LineReader>(std::move(input), std::make_unique<Parser>(context));
}

// In the order of detection; the last takes what no other does.
constexpr std::array kFormats = {
    Format{"evtx", "Windows event log files", like_evtx, plain<EvtxReader>},
    Format{"eve", "Suricata's EVE JSON", like_eve, plain<EveReader>},
    Format{"json", "one JSON object a line, or a list of them (NDJSON, ECS, Windows events, cloud services)",
           like_json, json},
    Format{"audit", "Linux audit log, the records of one event joined", like_audit, plain<AuditReader>},
    Format{"journal", "systemd's journal export format (journalctl -o export)", like_journal_export, journal},
    Format{"w3c", "W3C extended log files (IIS)", like_w3c, w3c},
    Format{"cef", "CEF and LEEF, with and without syslog in front", never, lines<TextParser>},
    Format{"syslog", "syslog of RFC 5424 and RFC 3164, with and without priority", never, lines<TextParser>},
    Format{"access", "web access logs: common, combined, with virtual host (Apache, nginx …)", never,
           lines<TextParser>},
    Format{"text", "plain text of services, lines told one by one: syslog, access, error logs, and more",
           always, lines<TextParser>},
};

}  // namespace

std::span<const Format> formats() { return kFormats; }

const Format* format_of_name(std::string_view name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

const Format& detect_format(std::string_view head) {
  for (const Format& format : kFormats) {
    if (format.like(head)) return format;
  }
  VEDETTE_ASSERT(false);  // the last row takes everything
}

Result<std::unique_ptr<Reader>> open_reader(Input input, std::string_view format,
                                            const ReaderContext& context) {
  const Format* chosen = format_of_name(format);
  if (format == "auto") {
    TRY_ASSIGN(const std::string_view head, input.peek());
    chosen = &detect_format(head);
  }
  if (chosen == nullptr) {
    std::string names = "auto";
    for (const Format& known : kFormats) names += fmt::format(", {}", known.name);
    return fail(ErrorCode::kInvalid,
                fmt::format("there is no log format \"{}\": write one of {}", format, names));
  }
  return chosen->make(std::move(input), context);
}

}  // namespace vedette::logs
