#include "files/webroots/baseline.h"

#include <fmt/format.h>
#include <zstd.h>

#include <array>

namespace vedette::files {
namespace {

constexpr std::array<store::Migration, 1> kMigrations = {{{"webroots", 1, "baseline", R"(
CREATE TABLE webroot_roots (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, learned INTEGER NOT NULL DEFAULT 0);
CREATE TABLE webroot_files (
  root INTEGER NOT NULL, directory BLOB NOT NULL, name BLOB NOT NULL, class INTEGER NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
  executable INTEGER NOT NULL, sha256 TEXT NOT NULL, changes INTEGER NOT NULL, changed_first_ms INTEGER NOT NULL,
  PRIMARY KEY (root, directory, name));
CREATE TABLE webroot_texts (
  root INTEGER NOT NULL, directory BLOB NOT NULL, name BLOB NOT NULL, packed BLOB NOT NULL,
  PRIMARY KEY (root, directory, name));
CREATE TABLE webroot_changes (
  id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, root BLOB NOT NULL, path BLOB NOT NULL, what TEXT NOT NULL,
  quiet TEXT NOT NULL, writer TEXT NOT NULL, sha256_before TEXT NOT NULL, sha256_after TEXT NOT NULL);
CREATE TABLE webroot_size (one INTEGER PRIMARY KEY, packed_bytes INTEGER NOT NULL);
INSERT INTO webroot_size VALUES (1, 0);
)"}}};

store::Blob blob(const std::string& bytes) { return {bytes}; }

std::string packed(const std::string& text) {
  std::string out(::ZSTD_compressBound(text.size()), '\0');
  auto size = ::ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3);
  out.resize(::ZSTD_isError(size) != 0 ? 0 : size);
  return out;
}

std::string unpacked(const std::string& bytes) {
  std::string out(Baseline::kTextMax, '\0');
  auto size = ::ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  out.resize(::ZSTD_isError(size) != 0 ? 0 : size);
  return out;
}

constexpr std::string_view kFileRows =
    "SELECT name, class, size, mtime_ns, ctime_ns, inode, executable, sha256, changes, changed_first_ms FROM "
    "webroot_files WHERE root = ? AND directory = ?";

KnownWebFile file_from(const store::Row& row, const std::string& directory) {
  KnownWebFile file;
  file.directory = directory;
  file.name = row.blob(0);
  file.web_class = static_cast<WebClass>(row.integer(1));
  file.size = row.integer(2);
  file.mtime_ns = row.integer(3);
  file.ctime_ns = row.integer(4);
  file.inode = row.integer(5);
  file.executable = row.integer(6) != 0;
  file.sha256 = row.text(7);
  file.changes = row.integer(8);
  file.changed_first_ms = row.integer(9);
  return file;
}

Result<void> drop_text(store::Session& session, std::int64_t root, const KnownWebFile& file) {
  TRY_ASSIGN(
      auto old,
      session.query("SELECT length(packed) FROM webroot_texts WHERE root = ? AND directory = ? AND name = ?",
                    {root, blob(file.directory), blob(file.name)}));
  if (old.empty()) return {};
  TRY(session.execute("UPDATE webroot_size SET packed_bytes = packed_bytes - ?", {old[0].integer(0)}));
  TRY(session.execute("DELETE FROM webroot_texts WHERE root = ? AND directory = ? AND name = ?",
                      {root, blob(file.directory), blob(file.name)}));
  return {};
}

Result<void> keep_text(store::Session& session, const Baseline::Update& update) {
  TRY(drop_text(session, update.root, update.file));
  if (update.text.empty() || update.text.size() > Baseline::kTextMax) return {};
  TRY_ASSIGN(auto used, session.query("SELECT packed_bytes FROM webroot_size"));
  auto bytes = packed(update.text);
  auto size = static_cast<std::int64_t>(bytes.size());
  if (used[0].integer(0) + size > Baseline::kTextsMax) return {};
  TRY(session.execute(
      "INSERT INTO webroot_texts VALUES (?, ?, ?, ?)",
      {update.root, blob(update.file.directory), blob(update.file.name), store::Blob{bytes}}));
  TRY(session.execute("UPDATE webroot_size SET packed_bytes = packed_bytes + ?", {size}));
  return {};
}

Result<void> put(store::Session& session, const Baseline::Update& update) {
  const auto& file = update.file;
  if (update.gone) {
    TRY(drop_text(session, update.root, file));
    TRY(session.execute("DELETE FROM webroot_files WHERE root = ? AND directory = ? AND name = ?",
                        {update.root, blob(file.directory), blob(file.name)}));
    return {};
  }
  if (update.keep_text) TRY(keep_text(session, update));
  TRY(session.execute(
      "INSERT INTO webroot_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (root, directory, "
      "name) DO "
      "UPDATE SET class = excluded.class, size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = "
      "excluded.ctime_ns, inode = excluded.inode, executable = excluded.executable, sha256 = "
      "excluded.sha256, "
      "changes = excluded.changes, changed_first_ms = excluded.changed_first_ms",
      {update.root, blob(file.directory), blob(file.name), static_cast<std::int64_t>(file.web_class),
       file.size, file.mtime_ns, file.ctime_ns, file.inode, static_cast<std::int64_t>(file.executable),
       file.sha256, file.changes, file.changed_first_ms}));
  return {};
}

}  // namespace

Result<std::unique_ptr<Baseline>> Baseline::open(const std::filesystem::path& state, const Clock& clock,
                                                 Metrics& metrics) {
  store::DatabaseOptions options;
  options.path = state / "webroots.db";
  options.readers = 1;
  options.write_queue = 16;
  TRY_ASSIGN(auto database, store::open_sqlite(options, kMigrations, clock, metrics));
  return std::unique_ptr<Baseline>(new Baseline(std::move(database)));
}

Result<Baseline::Root> Baseline::root(const std::string& path) {
  Root out;
  TRY(database_->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("INSERT INTO webroot_roots (path) VALUES (?) ON CONFLICT DO NOTHING", {blob(path)}));
    TRY_ASSIGN(auto rows,
               session.query("SELECT id, learned FROM webroot_roots WHERE path = ?", {blob(path)}));
    out = {rows[0].integer(0), rows[0].integer(1) != 0};
    return {};
  }));
  return out;
}

Result<void> Baseline::set_learned(std::int64_t root) {
  return database_->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("UPDATE webroot_roots SET learned = 1 WHERE id = ?", {root}));
    return {};
  });
}

Result<std::unordered_map<std::string, KnownWebFile>> Baseline::files_of(std::int64_t root,
                                                                         const std::string& directory) {
  std::unordered_map<std::string, KnownWebFile> out;
  TRY(database_->read([&](store::Session& session) -> Result<void> {
    return session.stream(kFileRows, {root, blob(directory)}, [&](const store::Row& row) {
      out.emplace(row.blob(0), file_from(row, directory));
      return true;
    });
  }));
  return out;
}

Result<std::optional<KnownWebFile>> Baseline::file_of(std::int64_t root, const std::string& directory,
                                                      const std::string& name) {
  std::optional<KnownWebFile> out;
  TRY(database_->read([&](store::Session& session) -> Result<void> {
    return session.stream(fmt::format("{} AND name = ?", kFileRows), {root, blob(directory), blob(name)},
                          [&](const store::Row& row) {
                            out = file_from(row, directory);
                            return true;
                          });
  }));
  return out;
}

Result<std::vector<std::string>> Baseline::directories_of(std::int64_t root, const std::string& below) {
  std::vector<std::string> out;
  TRY(database_->read([&](store::Session& session) -> Result<void> {
    // Everything below "a/b" sorts between "a/b/" and "a/b0": '0' follows '/'.
    auto each = [&](const store::Row& row) {
      out.push_back(row.blob(0));
      return true;
    };
    if (below.empty())
      return session.stream("SELECT DISTINCT directory FROM webroot_files WHERE root = ?", {root}, each);
    TRY(session.stream("SELECT DISTINCT directory FROM webroot_files WHERE root = ? AND directory = ?",
                       {root, blob(below)}, each));
    return session.stream(
        "SELECT DISTINCT directory FROM webroot_files WHERE root = ? AND directory > ? AND directory < ?",
        {root, blob(below + "/"), blob(below + "0")}, each);
  }));
  return out;
}

Result<std::string> Baseline::text_of(std::int64_t root, const std::string& directory,
                                      const std::string& name) {
  std::string out;
  TRY(database_->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query("SELECT packed FROM webroot_texts WHERE root = ? AND directory = ? AND name = ?",
                             {root, blob(directory), blob(name)}));
    if (!rows.empty()) out = unpacked(rows[0].blob(0));
    return {};
  }));
  return out;
}

Result<std::int64_t> Baseline::count(std::int64_t root) {
  std::int64_t out = 0;
  TRY(database_->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT count(*) FROM webroot_files WHERE root = ?", {root}));
    out = rows[0].integer(0);
    return {};
  }));
  return out;
}

Result<void> Baseline::store(std::vector<Update> updates, std::vector<WebChange> changes) {
  if (updates.empty() && changes.empty()) return {};
  return database_->write([&](store::Session& session) -> Result<void> {
    for (const auto& update : updates) TRY(put(session, update));
    for (const auto& change : changes)
      TRY(session.execute(
          "INSERT INTO webroot_changes (at_ms, root, path, what, quiet, writer, sha256_before, "
          "sha256_after) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          {to_unix_ms(change.at), blob(change.root), blob(change.path), change.what, change.quiet,
           change.writer, change.sha256_before, change.sha256_after}));
    if (!changes.empty())
      TRY(session.execute("DELETE FROM webroot_changes WHERE id <= (SELECT max(id) FROM webroot_changes) - ?",
                          {kChangesKept}));
    return {};
  });
}

Result<std::vector<WebChange>> Baseline::changes(std::size_t limit) {
  std::vector<WebChange> out;
  TRY(database_->read([&](store::Session& session) -> Result<void> {
    return session.stream(
        "SELECT at_ms, root, path, what, quiet, writer, sha256_before, sha256_after FROM webroot_changes "
        "ORDER BY id "
        "DESC LIMIT ?",
        {static_cast<std::int64_t>(limit)}, [&](const store::Row& row) {
          out.push_back({from_unix_ms(row.integer(0)), row.blob(1), row.blob(2), row.text(3), row.text(4),
                         row.text(5), row.text(6), row.text(7)});
          return true;
        });
  }));
  return out;
}

}  // namespace vedette::files
