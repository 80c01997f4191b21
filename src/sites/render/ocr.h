// Ocr: the words that a screenshot shows (tesseract 5, Vietnamese and English).
//
// Reading pictures of hostile pages is done in a child process with limits of memory and time, so that
// neither a hang nor a crash of the image code reaches the server. One picture at a time; further callers
// wait, at most `waiting_max` of them. All calls are thread-safe; read() blocks for at most `timeout` plus
// the wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/metrics.h"
#include "base/result.h"
#include "sites/render/renderer.h"

namespace vedette::sites {

struct OcrOptions {
  bool enabled = true;
  std::string languages = "vie+eng";
  std::string data_folder;  // empty: tesseract's own (TESSDATA_PREFIX or the compiled-in path)
  std::chrono::milliseconds timeout{20'000};
  std::size_t waiting_max = 16;
  std::uint64_t memory_max_bytes = 1'024u << 20;  // address space the child may add to what it was born with
};

struct OcrText {
  std::string text;    // UTF-8, lines as seen, at most 64 KiB
  int confidence = 0;  // mean over the words, 0…100
  std::chrono::milliseconds took{};
};

class Ocr {
 public:
  virtual ~Ocr() = default;
  // kUnsupported: switched off or no language data; kTimeout; kLimit: too many wait, or the picture is too
  // large; kUnavailable: the child died; kInvalid: not a PNG.
  virtual Result<OcrText> read(std::string_view png) = 0;
  virtual RenderSight sight() const = 0;  // "sites.sight.ocr"
};

std::unique_ptr<Ocr> make_ocr(OcrOptions options, const Clock& clock, Metrics& metrics);

}  // namespace vedette::sites
