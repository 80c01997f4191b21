// Any bytes as a Windows event log, and as the chunk behind a sound header: every record ends, with fields
// whose names are UTF-8 and an event that is JSON.
#include <simdjson.h>

#include <cstdint>
#include <string>

#include "base/assert.h"
#include "base/text/utf8.h"
#include "logs/read/evtx_reader.h"

namespace {

void read(std::string bytes) {
  vedette::logs::EvtxReader reader(vedette::logs::Input::of(std::move(bytes)));
  for (std::uint64_t count = 0;; ++count) {
    const auto event = reader.next();
    if (!event || !*event) return;
    VEDETTE_ASSERT(count < 100'000);
    VEDETTE_ASSERT((*event)->fields.size() <= vedette::logs::kEventFieldsMax);
    for (const auto& field : (*event)->fields) VEDETTE_ASSERT(vedette::is_valid_utf8(field.name));
    simdjson::dom::parser parser;
    VEDETTE_ASSERT(parser.parse(simdjson::padded_string((*event)->raw)).error() == simdjson::SUCCESS);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  read(bytes);
  // Straight to the records: a chunk's header of 512 bytes takes the fuzzer long to find.
  std::string file("ElfFile\0", 8);
  file.resize(vedette::logs::EvtxReader::kFileHeaderBytes);
  std::string chunk("ElfChnk\0", 8);
  chunk.resize(512);
  chunk += bytes.substr(0, vedette::logs::EvtxReader::kChunkBytes - 512);
  const auto end = static_cast<std::uint32_t>(chunk.size());
  for (std::size_t i = 0; i < 4; ++i) chunk[48 + i] = static_cast<char>(end >> (8 * i));
  read(file + chunk);
  return 0;
}
