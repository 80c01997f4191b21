#include <fmt/format.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/instance_args.h"
#include "server/instance.h"
#include "store/database.h"
#include "store/file_lock.h"

namespace vedette::cli {
namespace {

struct Args {
  InstanceArgs instance;
  std::string file;
};

int backup(const Args& args) {
  auto config = load_or_complain(args.instance);
  if (!config) return kNotDone;
  server::DataFolder folder{config->current()->data_dir};
  auto done = store::backup_sqlite(folder.database(), args.file);
  if (!done) return not_done(done.error());
  fmt::print(
      "{} holds a checked copy of {}\nThe snapshots in {} and the key file beside the database are copied as "
      "files.\n",
      args.file, folder.database().string(), folder.snapshots().string());
  return kWell;
}

int restore(const Args& args) {
  auto config = load_or_complain(args.instance);
  if (!config) return kNotDone;
  server::DataFolder folder{config->current()->data_dir};
  auto lock = store::FileLock::take(folder.lock_name(), store::FileLock::Kind::kExclusive);
  if (!lock && lock.error().code() == ErrorCode::kConflict)
    return not_done(
        Error(ErrorCode::kConflict, "a server works on " + folder.root.string() + "; stop it first"));
  if (!lock) return not_done(lock.error());
  SystemClock clock;
  auto done = store::restore_sqlite(args.file, folder.database(), clock);
  if (!done) return not_done(Error(done.error()).with("restoring " + args.file));
  fmt::print("{} is in place; what was there before is kept beside it\n", folder.database().string());
  return kWell;
}

}  // namespace

void add_backup(Command& root, int& exit_code) {
  auto args = std::make_shared<Args>();
  auto add = [&](const char* name, const char* what, const char* file, int (*act)(const Args&)) {
    auto* command = root.add_subcommand(name, what);
    add_folder_options(*command, args->instance);
    command->add_option("file", args->file, file)->required();
    command->callback([args, act, &exit_code] { exit_code = act(*args); });
  };
  add("backup", "Copy the state database, while the server runs or not", "File to make; must not exist",
      backup);
  add("restore", "Put a backup in place of the state database; the server must be stopped",
      "A file that backup made", restore);
}

}  // namespace vedette::cli
