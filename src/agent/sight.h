// Sight: one thing this host can or cannot see or do now, with the reason, for the server's page of the host.
// Plain value.
#pragma once

#include <string>
#include <string_view>

#include "model/message.h"

namespace vedette::agent {

struct Sight {
  std::string_view what;  // "gate", "vault", "webroots", "spool", "guard", "clock", "logs"
  bool ok = true;
  Message text;
};

// A tree the guard keeps, as it is seen from outside.
struct TreeSight {
  std::string path, file_system;
  std::uint64_t vault_bytes = 0, vault_bytes_max = 0;
  double opens_per_second = -1;  // -1: not known
  double answer_p50_us = -1, answer_p99_us = -1;
};

}  // namespace vedette::agent
