// Fields as one JSON object, for events whose source has no text of its own: the raw form a person reads. A
// name that comes several times in a row gives a list. Bytes that are no UTF-8 become U+FFFD. Linear.
#pragma once

#include <span>
#include <string>

#include "logs/event.h"

namespace vedette::logs {

void write_json(std::span<const Field> fields, std::string& out);

}  // namespace vedette::logs
