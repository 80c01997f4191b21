// The lines of the vault's journal: one JSON object each, and what they say when read back.
//
// Paths are bytes and may be no valid UTF-8; they are kept as they are. A line that does not read (the last
// one after a power cut) is skipped and counted.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <string>
#include <vector>

#include "files/guard/incident.h"

namespace vedette::files {

// What a file was before somebody wrote to it.
struct Image {
  std::uint64_t id = 0;
  std::string path;
  FileId file;
  std::string actor;               // the key of the one who was about to write
  std::vector<ProcessId> lineage;  // his processes, as in Deed
  std::uint64_t size = 0;
  std::uint32_t mode = 0, uid = 0, gid = 0;
  std::int64_t mtime_ns = 0, atime_ns = 0;  // since 1970
  std::map<std::string, std::string> xattrs;
  std::string sha256;    // hex; "" until it was computed
  bool reflink = false;  // shares its blocks with the file
  bool ranges = false;   // only what was about to be overwritten is kept (RangeImage)
  bool settled = false;  // what was done to the file was judged quiet: may go when room is needed
  WallTime at{};
};

struct VaultHistory {
  std::map<std::uint64_t, Image> images;
  std::vector<Deed> deeds;
  std::vector<FileIncident> incidents;
  std::vector<Allowance> allowances;
  std::uint64_t last_number = 0;
  std::uint64_t unreadable_lines = 0;
};

boost::json::object to_record(const Image& image);
boost::json::object to_record(const Deed& deed);
boost::json::object to_record(const FileIncident& incident);
boost::json::object to_record(const Allowance& allowance);
// Takes one line into the history.
void take_record(std::string_view line, VaultHistory& history);

}  // namespace vedette::files
