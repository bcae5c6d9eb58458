// Reads burnt images for rom_loader.sv, some words at a time from the file's pages: a gigabyte a
// second, where $fread takes its bytes one by one.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "svdpi.h"

namespace {

struct Image {
    uint8_t* pages = nullptr;
    long long size = -1;  // of a file that cannot be read
    long long at = 0;
};

// A word is ceil(width / 8) bytes, most significant first; svdpi wants 32 bits at a time, lowest first.
void to_vector(const uint8_t* word, long bytes, svBitVecVal* out) {
    const uint8_t* end = word + bytes;
    for (; bytes >= 4; bytes -= 4) {
        uint32_t big;
        end -= 4;
        std::memcpy(&big, end, 4);
        *out++ = big >> 24 | (big >> 8 & 0xff00) | (big << 8 & 0xff0000) | big << 24;
    }
    if (bytes == 0) return;
    svBitVecVal top = 0;
    for (long i = 0; i < bytes; ++i) top = top << 8 | word[i];
    *out = top;
}

}  // namespace

extern "C" void* rom_open(const char* path) {
    auto* image = new Image;
    const int file = open(path, O_RDONLY);
    if (file < 0) return image;
    struct stat about;
    if (fstat(file, &about) == 0 && about.st_size > 0) {
        void* pages = mmap(nullptr, about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (pages != MAP_FAILED) {
            image->pages = static_cast<uint8_t*>(pages);
            image->size = about.st_size;
        }
    }
    close(file);
    return image;
}

// Bytes of the file, -1 when it cannot be read.
extern "C" long long rom_size(void* handle) { return static_cast<Image*>(handle)->size; }

// The next words, as many as the array takes and the file has.
extern "C" void rom_words(void* handle, const svOpenArrayHandle words) {
    auto* image = static_cast<Image*>(handle);
    const long bytes = (svSize(words, 0) + 7) / 8;
    std::vector<svBitVecVal> value(bytes / 4 + 1);
    for (int i = svLow(words, 1); i <= svHigh(words, 1) && image->at + bytes <= image->size; ++i) {
        to_vector(image->pages + image->at, bytes, value.data());
        svPutBitArrElem1VecVal(words, value.data(), i);
        image->at += bytes;
    }
}

extern "C" void rom_close(void* handle) {
    auto* image = static_cast<Image*>(handle);
    if (image->pages) munmap(image->pages, image->size);
    delete image;
}
