// EvtxReader: Windows event log files (.evtx), flattened as the Sigma rules expect them (binxml.h). Chunks
// come one after the other, 64 KiB each; a damaged one or a damaged record is counted, and the reading goes
// on with the next. `raw` is the event as JSON: there is no text of it. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "logs/read/binxml.h"
#include "logs/read/input.h"
#include "logs/read/reader.h"

namespace vedette::logs {

class EvtxReader final : public Reader {
 public:
  static constexpr std::size_t kFileHeaderBytes = 4096, kChunkBytes = 65'536;

  explicit EvtxReader(Input input) : input_(std::move(input)), chunk_(kChunkBytes) {}
  Result<std::optional<EventView>> next() override;

 private:
  Result<std::size_t> fill(std::span<char> out);
  Result<bool> next_chunk();

  Input input_;
  std::vector<char> chunk_;
  std::size_t at_ = 0, end_ = 0;  // of the records in the chunk
  std::uint64_t chunks_ = 0;
  bool begun_ = false;
  BinXml xml_;
  FieldList fields_;
  std::string raw_;
};

bool like_evtx(std::string_view head);

}  // namespace vedette::logs
