// The log formats Vedette reads: the one table from which detection, the command line and the documentation
// follow (registry.cpp).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "logs/read/input.h"
#include "logs/read/reader.h"
#include "logs/read/zone.h"

namespace vedette::logs {

class PatternSet;

// What readers are given. References are borrowed for the reader's life.
struct ReaderContext {
  const Clock& clock;          // for the year of times that do not tell it
  Zone zone;                   // of times that do not tell theirs
  const PatternSet& patterns;  // of plain text messages (patterns.h)
};

struct Format {
  std::string_view name;         // "syslog", "nginx-access" …, as on the command line
  std::string_view description;  // for --help and docs/log-formats.md
  // Whether the first bytes of an input (at most Input::kPeekBytesMax) look like this format. The first of
  // the table that says yes is taken. Linear.
  bool (*like)(std::string_view head);
  std::unique_ptr<Reader> (*make)(Input input, const ReaderContext& context);
};

std::span<const Format> formats();
const Format* format_of_name(std::string_view name);
// By the first bytes; plain text where nothing else fits.
const Format& detect_format(std::string_view head);

// `format`: a name of the table, or "auto". kInvalid names the formats there are.
Result<std::unique_ptr<Reader>> open_reader(Input input, std::string_view format,
                                            const ReaderContext& context);

}  // namespace vedette::logs
