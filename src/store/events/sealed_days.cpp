#include "store/events/sealed_days.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "store/events/event_search.h"
#include "store/events/event_tables.h"

namespace vedette::store {
namespace {

constexpr std::int64_t kDayMs = 24 * 3600 * 1000;
constexpr std::size_t kSealedMax = 20'000;  // files: ten years of three classes and some to spare

std::string day_name(std::int64_t day) { return to_rfc3339(from_unix_ms(day * kDayMs)).substr(0, 10); }

// The first day on which what was received on `day` may go.
std::int64_t end_of(std::int64_t day, std::int64_t months) {
  using namespace std::chrono;
  year_month_day date{sys_days(days(day))};
  date += std::chrono::months(months);
  if (!date.ok()) date = date.year() / date.month() / last;
  return sys_days(date).time_since_epoch().count() + 1;
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

Error system_error(const std::filesystem::path& file, std::string_view what) {
  return {ErrorCode::kUnavailable, fmt::format("{}: {}: {}", file.string(), what, std::strerror(errno))};
}

// Synchronous on the disk; its size and SHA-256.
Result<std::pair<std::uint64_t, std::string>> settle(const std::filesystem::path& file) {
  Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat about{};
  if (opened.fd < 0 || ::fsync(opened.fd) != 0 || ::fstat(opened.fd, &about) != 0 || about.st_size == 0)
    return std::unexpected(system_error(file, "cannot be written out"));
  const auto size = static_cast<std::size_t>(about.st_size);
  void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, opened.fd, 0);
  if (bytes == MAP_FAILED) return std::unexpected(system_error(file, "cannot be read"));
  auto sum = sha256_hex({static_cast<const char*>(bytes), size});
  ::munmap(bytes, size);
  return std::pair(static_cast<std::uint64_t>(size), std::move(sum));
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  Descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (opened.fd < 0 || ::fsync(opened.fd) != 0)
    return std::unexpected(system_error(folder, "cannot be synchronised"));
  return {};
}

}  // namespace

Result<void> SealedDays::recover() {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder, error)) {
    auto name = entry.path().filename().string();
    if (name.ends_with(".partial")) {
      std::filesystem::remove(entry.path(), error);
      continue;
    }
    if (!name.ends_with(".parquet")) continue;
    TRY_ASSIGN(auto listed, connection_.query("SELECT 1::BIGINT FROM sealed WHERE file = ?", {name}));
    if (!listed.empty()) continue;
    auto left =
        connection_.query("SELECT count(*)::BIGINT FROM read_parquet(" + quoted_sql(entry.path().string()) +
                          ") AS file WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.id = file.id)");
    if (left && (*left)[0].integer(0) == 0) {
      std::filesystem::remove(entry.path(), error);
      log::info("events", "a sealed day that a crash left unfinished is made again", {{"file.name", name}});
    } else {
      log::warn("events", "a sealed day that no list knows was left where it is", {{"file.name", name}});
    }
  }
  return {};
}

Result<void> SealedDays::seal(EventStore::Kept& kept) {
  const auto today = to_unix_ms(clock_.wall()) / kDayMs;
  TRY_ASSIGN(auto days,
             connection_.query("SELECT DISTINCT received // " + std::to_string(kDayMs) +
                                   " AS day, keep_months FROM events WHERE received < ? ORDER BY ALL",
                               {today * kDayMs}, kSealedMax));
  for (const auto& row : days) TRY(seal_one(row.integer(0), row.integer(1), kept));
  return {};
}

Result<void> SealedDays::seal_one(std::int64_t day, std::int64_t months, EventStore::Kept& kept) {
  TRY_ASSIGN(auto about,
             connection_.query("SELECT count(*)::BIGINT, min(time), max(time), min(id), max(id) FROM events "
                               "WHERE received >= ? AND received < ? AND keep_months = ?",
                               {day * kDayMs, (day + 1) * kDayMs, months}));
  const auto last_id = about[0].integer(4);
  const auto name = fmt::format("{}-{}-{}.parquet", day_name(day), months, about[0].integer(3));
  const auto file = options_.folder / name, partial = options_.folder / (name + ".partial");
  // Bounded by last_id: what a clock that went back adds meanwhile is for the next time.
  const auto which =
      fmt::format("FROM events WHERE received >= {} AND received < {} AND keep_months = {} AND id <= {}",
                  day * kDayMs, (day + 1) * kDayMs, months, last_id);
  TRY(connection_.execute(
      fmt::format("COPY (SELECT {} {} ORDER BY time, id) TO {} (FORMAT parquet, COMPRESSION zstd, "
                  "ROW_GROUP_SIZE 61440)",
                  kEventColumns, which, quoted_sql(partial.string()))));
  TRY_ASSIGN(auto settled, settle(partial));
  if (::rename(partial.c_str(), file.c_str()) != 0)
    return std::unexpected(system_error(file, "cannot be renamed"));
  TRY(sync_folder(options_.folder));
  auto move = [&]() -> Result<void> {
    TRY(connection_.execute("BEGIN"));
    TRY_ASSIGN(auto gone, connection_.execute("DELETE " + which));
    if (gone != about[0].integer(0))
      return fail(ErrorCode::kInternal,
                  fmt::format("{} holds {} events and {} were taken out", name, about[0].integer(0), gone));
    TRY(connection_.execute(
        "INSERT INTO sealed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {name, day, months, about[0].integer(1), about[0].integer(2), about[0].integer(0),
         static_cast<std::int64_t>(settled.first), about[0].integer(3), last_id, settled.second}));
    TRY(connection_.execute("COMMIT"));
    return {};
  };
  if (auto moved = move(); !moved) {
    (void)connection_.execute("ROLLBACK");
    return std::unexpected(std::move(moved).error().with("sealing " + name));
  }
  log::info("events", "a day was sealed",
            {{"file.name", name}, {"events", about[0].integer(0)}, {"file.size", settled.first}});
  kept.sealed.push_back(name);
  return {};
}

bool SealedDays::short_of_room(std::uint64_t sealed_bytes) const {
  if (options_.size_max != 0 && sealed_bytes > options_.size_max) return true;
  struct statvfs space{};
  return ::statvfs(options_.folder.c_str(), &space) == 0 &&
         static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize < options_.disk_reserve;
}

Result<void> SealedDays::remove_old(EventStore::Kept& kept) {
  TRY_ASSIGN(auto rows,
             connection_.query("SELECT file, day, keep_months, bytes FROM sealed ORDER BY day, file", {},
                               kSealedMax));
  if (rows.empty()) return {};
  const auto newest = rows.back().integer(1);
  std::uint64_t bytes = 0;
  for (const auto& row : rows) bytes += static_cast<std::uint64_t>(row.integer(3));
  for (const auto& row : rows) {
    const bool over = end_of(row.integer(1), row.integer(2)) <= newest;
    // The newest day stays: it is what people look into now.
    const bool early = !over && options_.drop_oldest && row.integer(1) < newest && short_of_room(bytes);
    if (!over && !early) continue;
    TRY(remove(row.text(0)));
    bytes -= static_cast<std::uint64_t>(row.integer(3));
    (early ? kept.removed_early : kept.removed).push_back(row.text(0));
  }
  return {};
}

Result<void> SealedDays::remove(const std::string& file) {
  TRY(connection_.execute("DELETE FROM sealed WHERE file = ?", {file}));
  std::error_code error;
  std::filesystem::remove(options_.folder / file, error);
  if (error) return fail(ErrorCode::kUnavailable, file + " cannot be removed: " + error.message());
  return {};
}

Result<std::vector<std::string>> sealed_files(DuckDbConnection& connection, const EventStoreOptions& options,
                                              const EventQuery& query, std::vector<std::string>& missing) {
  TRY_ASSIGN(auto rows,
             connection.query("SELECT file FROM sealed WHERE last_time >= ? AND first_time < ? ORDER BY file",
                              {query.from ? to_unix_ms(*query.from) : INT64_MIN,
                               query.to ? to_unix_ms(*query.to) : INT64_MAX},
                              kSealedMax));
  std::vector<std::string> out;
  for (const auto& row : rows) {
    auto file = options.folder / row.text(0);
    std::error_code error;
    std::filesystem::exists(file, error) ? out.push_back(file.string()) : missing.push_back(row.text(0));
  }
  return out;
}

}  // namespace vedette::store
