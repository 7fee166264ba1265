// SPDX-License-Identifier: Apache-2.0
// Forms on disk, looked at again when something asks for what is not there yet.
#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/error.h"
#include "pdf/form.h"
#include "pdf/form_folder.h"

namespace yinxin::pdf {
namespace {

namespace fs = std::filesystem;

using Stamp = std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>>;

/// Sizes and times of a folder's files: unchanged, it need not be read again.
Stamp stamp_of(const fs::path& folder) {
    Stamp stamp;
    for (const std::string& name : rules::FormFolder::names()) {
        std::error_code error;
        const std::uintmax_t size = fs::file_size(folder / name, error);
        const fs::file_time_type time = fs::last_write_time(folder / name, error);
        if (!error) {
            stamp[name] = {size, time};
        }
    }
    return stamp;
}

/// Folders below this one; those that start with a dot are being put in place and not looked at.
std::vector<fs::path> folders_in(const fs::path& folder) {
    std::vector<fs::path> result;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        if (entry->is_directory(ignored) && !entry->path().filename().string().starts_with('.')) {
            result.push_back(entry->path());
        }
    }
    std::sort(result.begin(), result.end());
    return result;
}

std::uint64_t version_number(const std::string& version) {
    return std::stoul(version);
}

struct Loaded {
    Stamp stamp;
    std::shared_ptr<const Form> form;  ///< nullptr when it has faults
    std::vector<FormFault> faults;
};

struct Snapshot {
    std::map<fs::path, Loaded> folders;
    std::map<std::string, std::map<std::uint64_t, std::shared_ptr<const Form>>> types;
    std::map<fs::path, fs::file_time_type> type_times;  ///< of the folders above the versions
    std::vector<FormFault> faults;
    /// Forms that could give numbers of another type
    std::map<fs::path, FormFault> colliding;
};

/// Whether a form that has loaded is read again when its files have changed.
enum class Reload { Changed, FaultyOnly };

Loaded load_folder(const fs::path& folder, const Snapshot& before, Reload reload) {
    const auto known = before.folders.find(folder);
    const std::shared_ptr<const Form> old =
        known == before.folders.end() ? nullptr : known->second.form;
    Loaded loaded{stamp_of(folder), nullptr, {}};
    if (known != before.folders.end() &&
        (known->second.stamp == loaded.stamp || (old && reload == Reload::FaultyOnly))) {
        return known->second;
    }
    loaded.form = rules::compile_form(folder, loaded.faults);
    for (FormFault& fault : loaded.faults) {
        fault.file = (folder / fault.file).string();
    }
    // What issued documents a moment ago goes on doing so while somebody edits it.
    loaded.form = loaded.form ? loaded.form : old;
    return loaded;
}

/// 0 when it does not exist.
fs::file_time_type time_of(const fs::path& folder) {
    std::error_code error;
    const fs::file_time_type time = fs::last_write_time(folder, error);
    return error ? fs::file_time_type{} : time;
}

bool has(const Snapshot& snapshot, const Form& form) {
    const auto versions = snapshot.types.find(form.type());
    return versions != snapshot.types.end() &&
           versions->second.contains(version_number(form.version()));
}

/// Adds the form that `folder` loaded, unless its type and version or its numbers are another's.
void add_form(Snapshot& snapshot, const fs::path& folder, const std::shared_ptr<const Form>& form) {
    const std::string file = (folder / "form.json").string();
    for (const auto& [type, versions] : snapshot.types) {
        for (const auto& [number, other] : versions) {
            if (const std::string fault = number_collision(*form, *other); !fault.empty()) {
                snapshot.faults.push_back({file, "/number/pattern", fault});
                snapshot.colliding.emplace(folder, snapshot.faults.back());
                return;
            }
        }
    }
    if (!snapshot.types[form->type()].emplace(version_number(form->version()), form).second) {
        snapshot.faults.push_back({file,
                                   "/version",
                                   "another folder already provides this type and version: use a "
                                   "new version"});
    }
}

std::shared_ptr<const Snapshot> scan(const std::vector<fs::path>& roots,
                                     const Snapshot& before,
                                     Reload reload) {
    auto snapshot = std::make_shared<Snapshot>();
    std::vector<fs::path> found;
    for (const fs::path& root : roots) {
        for (const fs::path& type : folders_in(root)) {
            snapshot->type_times[type] = time_of(type);
            for (const fs::path& version : folders_in(type)) {
                Loaded loaded = load_folder(version, before, reload);
                snapshot->faults.insert(
                    snapshot->faults.end(), loaded.faults.begin(), loaded.faults.end());
                snapshot->folders.emplace(version, std::move(loaded));
                found.push_back(version);
            }
        }
    }
    // What could be issued before is not pushed aside by what is dropped in.
    for (const bool known : {true, false}) {
        for (const fs::path& folder : found) {
            const std::shared_ptr<const Form>& form = snapshot->folders.at(folder).form;
            if (form && has(before, *form) == known) {
                add_form(*snapshot, folder, form);
            }
        }
    }
    return snapshot;
}

/// Whether something was put beside the versions of this type, or a faulty one was edited.
bool has_news(const std::vector<fs::path>& roots,
              const std::string& type,
              const Snapshot& snapshot) {
    for (const fs::path& root : roots) {
        const auto known = snapshot.type_times.find(root / type);
        if (time_of(root / type) !=
            (known == snapshot.type_times.end() ? fs::file_time_type{} : known->second)) {
            return true;
        }
    }
    return std::any_of(
        snapshot.folders.begin(), snapshot.folders.end(), [&type](const auto& entry) {
            const auto& [folder, loaded] = entry;
            return !loaded.form && folder.parent_path().filename() == type &&
                   stamp_of(folder) != loaded.stamp;
        });
}

/// A type that is there and cannot be issued is the operator's to mend, unlike one that is unknown.
/// "" is any version.
void throw_faulty(const std::string& type, const std::string& version, const Snapshot& snapshot) {
    for (const auto& [folder, loaded] : snapshot.folders) {
        const auto colliding = snapshot.colliding.find(folder);
        const std::vector<FormFault> faults =
            colliding == snapshot.colliding.end() ? loaded.faults : std::vector{colliding->second};
        if ((loaded.form && colliding == snapshot.colliding.end()) || faults.empty() ||
            folder.parent_path().filename() != type ||
            (!version.empty() && folder.filename() != version)) {
            continue;
        }
        std::vector<FieldError> fields;
        for (const FormFault& fault : faults) {
            fields.push_back({fault.pointer,
                              "form",
                              fs::path(fault.file).filename().string() + ": " + fault.detail});
        }
        const std::string detail =
            "The document type " + type +
            " cannot be issued until its form is mended: " + fields.front().pointer + " in " +
            fields.front().detail;
        throw Error(ErrorCode::Unavailable, detail, std::move(fields));
    }
}

template <class Map>
std::string names_of(const Map& map) {
    std::ostringstream list;
    for (const auto& [name, value] : map) {
        list << (list.tellp() == 0 ? "" : ", ") << name;
    }
    return list.str();
}

}  // namespace

struct FormLibrary::Impl {
    std::vector<fs::path> roots;
    std::mutex mutex;       ///< of the pointer
    std::mutex scan_mutex;  ///< one scan at a time
    std::shared_ptr<const Snapshot> snapshot = std::make_shared<const Snapshot>();

    std::shared_ptr<const Snapshot> get() {
        const std::lock_guard lock(mutex);
        return snapshot;
    }

    std::shared_ptr<const Snapshot> look_again(Reload reload) {
        const std::lock_guard scanning(scan_mutex);
        const std::shared_ptr<const Snapshot> before = get();
        std::shared_ptr<const Snapshot> after = scan(roots, *before, reload);
        const std::lock_guard lock(mutex);
        if (!after->types.empty() || before->types.empty()) {
            snapshot = after;
        }
        return snapshot;
    }
};

FormLibrary::FormLibrary(std::vector<fs::path> roots) : impl_(std::make_unique<Impl>()) {
    impl_->roots = std::move(roots);
    rescan();
}

FormLibrary::~FormLibrary() = default;

void FormLibrary::rescan() {
    impl_->look_again(Reload::Changed);
}

std::shared_ptr<const Form> FormLibrary::current(const std::string& type) {
    std::shared_ptr<const Snapshot> snapshot = impl_->get();
    if (!snapshot->types.contains(type) || has_news(impl_->roots, type, *snapshot)) {
        snapshot = impl_->look_again(Reload::FaultyOnly);
    }
    const auto found = snapshot->types.find(type);
    if (found == snapshot->types.end()) {
        throw_faulty(type, "", *snapshot);
        throw Error(ErrorCode::NotFound,
                    "There is no document type of this name. Known types: " +
                        names_of(snapshot->types) + ".");
    }
    return found->second.rbegin()->second;
}

std::shared_ptr<const Form> FormLibrary::version(const std::string& type,
                                                 const std::string& version) {
    const auto find = [&](const Snapshot& snapshot) -> std::shared_ptr<const Form> {
        const auto versions = snapshot.types.find(type);
        if (versions != snapshot.types.end()) {
            for (const auto& [number, form] : versions->second) {
                if (form->version() == version) {
                    return form;
                }
            }
        }
        return nullptr;
    };
    if (std::shared_ptr<const Form> form = find(*impl_->get())) {
        return form;
    }
    const std::shared_ptr<const Snapshot> snapshot = impl_->look_again(Reload::FaultyOnly);
    if (std::shared_ptr<const Form> form = find(*snapshot)) {
        return form;
    }
    throw_faulty(type, version, *snapshot);
    const auto versions = snapshot->types.find(type);
    throw Error(ErrorCode::NotFound,
                versions == snapshot->types.end()
                    ? "There is no document type \"" + type +
                          "\". Known types: " + names_of(snapshot->types) + "."
                    : "The type " + type + " has no version " + version +
                          ". Known versions: " + names_of(versions->second) + ".");
}

std::vector<std::shared_ptr<const Form>> FormLibrary::all() {
    std::vector<std::shared_ptr<const Form>> forms;
    for (const auto& [type, versions] : impl_->get()->types) {
        for (const auto& [number, form] : versions) {
            forms.push_back(form);
        }
    }
    return forms;
}

std::vector<FormFault> FormLibrary::faults() {
    return impl_->get()->faults;
}

}  // namespace yinxin::pdf
