// QR code (ISO/IEC 18004) of a short text as the path of an SVG picture, drawn by libqrencode. Thread-safe.
#pragma once

#include <string>

#include "base/result.h"

namespace vedette::server {

struct QrCode {
  int size = 0;      // modules a side, with the quiet zone of four around it; the view box
  std::string path;  // the dark modules, "M4 4h7v1H4z…"
};

Result<QrCode> qr_code(const std::string& text);  // kLimit: more than the largest code holds

}  // namespace vedette::server
