// Ocr: the words that a screenshot shows (tesseract 5, Vietnamese and English).
//
// Reading pictures of hostile pages is left to the `tesseract` program, one process for each picture, with
// limits of memory, processor and wall time, as the user "nobody" when we are root: neither a hang nor a
// crash of its code reaches the server. One picture at a time; further callers wait, at most `waiting_max` of
// them. All calls are thread-safe; read() blocks for at most `timeout` plus the wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "sites/render/renderer.h"

namespace vedette::sites {

struct OcrOptions {
  bool enabled = true;
  std::string program;  // empty: look for tesseract
  std::string languages = "vie+eng";
  std::string data_folder;  // empty: tesseract's own
  std::chrono::milliseconds timeout{20'000};
  double scale = 1.5;          // of the screenshot: its small text is below what tesseract was trained on
  int page_segmentation = 11;  // tesseract --psm: 11 finds as much text as it can in no order
  std::size_t waiting_max = 16;
  std::uint64_t memory_max_bytes = 1'024u << 20;  // address space of the process
};

struct OcrText {
  std::string text;    // UTF-8, lines as seen, at most 64 KiB
  int confidence = 0;  // mean over the words, 0…100
  int words = 0;
  std::chrono::milliseconds took{};
};

class Ocr {
 public:
  virtual ~Ocr() = default;
  // kUnsupported: switched off, no tesseract or no language data; kTimeout; kLimit: too many wait, or the
  // picture is too large; kUnavailable: the process failed; kInvalid: not a PNG.
  virtual Result<OcrText> read(std::string_view png) = 0;
  virtual RenderSight sight() const = 0;  // "sites.sight.ocr"
};

std::unique_ptr<Ocr> make_ocr(OcrOptions options, const Clock& clock, Metrics& metrics);

}  // namespace vedette::sites
