#include "c_abi/conversions.hpp"
#include "c_abi/result.hpp"

using namespace datablock;
using namespace datablock::c_abi;

datablock_result datablock_segment_create(const char* name, const char* dir, const datablock_config* config) {
  return guarded({"datablock_segment_create", name},
                 [&] { create_segment(text_or_empty(name), text_or_empty(dir), to_block_config(config)); });
}

datablock_result datablock_segment_open_or_create(const char* name, const char* dir,
                                                  const datablock_config* config, uint32_t* created) {
  return guarded({"datablock_segment_open_or_create", name}, [&] {
    bool is_new = false;
    open_or_create_segment(text_or_empty(name), text_or_empty(dir), to_block_config(config), is_new);
    if (created != nullptr) {
      *created = is_new ? 1 : 0;
    }
  });
}

datablock_result datablock_segment_unlink(const char* name, const char* dir, const uint8_t* instance,
                                          uint32_t force) {
  return guarded({"datablock_segment_unlink", name}, [&] {
    InstanceId meant{};
    if (instance != nullptr) {
      std::copy_n(instance, meant.size(), meant.begin());
    }
    unlink_segment(text_or_empty(name), text_or_empty(dir), meant, force != 0);
  });
}

datablock_result datablock_segment_info_of(const char* name, const char* dir, datablock_segment_info* info) {
  return guarded({"datablock_segment_info_of", name}, [&] {
    write_out(info, "info", to_info(open_segment(text_or_empty(name), text_or_empty(dir), false).header));
  });
}

datablock_result datablock_segment_list(const char* dir, datablock_segment_visitor visitor, void* user) {
  return guarded({"datablock_segment_list"}, [&] {
    if (visitor == nullptr) {
      refuse("visitor is NULL.");
    }
    for (const std::string& name : block_names(text_or_empty(dir))) {
      Status status = Status::OK;
      try {
        open_segment(name, text_or_empty(dir), false);
      } catch (const Error& error) {
        status = error.status();
      }
      // Others' files, and what went away meanwhile, are none of our business.
      if (status != Status::NOT_A_BLOCK && status != Status::NO_SUCH_BLOCK &&
          visitor(name.c_str(), to_result(status), user) != 0) {
        return;
      }
    }
  });
}
