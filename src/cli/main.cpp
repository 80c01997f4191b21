#include "base/allocator.h"
#include "cli/app.h"

int main(int argc, char** argv) {
  vedette::bound_allocator();
  return vedette::cli::run(argc, argv);
}
