/**
 * Locks and dismounts the volumes of one disk, and holds them until the end of its standard input: Node has no
 * DeviceIoControl. It answers in lines of JSON, the first when it holds them all, one more for each command it is given in
 * a line: `media` (how often the medium was changed) and `eject`.
 *
 * A volume is locked as learn.microsoft.com, "FSCTL_LOCK_VOLUME", says: opened with shared access, locked, tried again for
 * some time since a scanner or an indexer may have a file open, then dismounted, and kept open. Windows refuses writes to
 * the sectors of a volume that is mounted and not locked (WriteFile, "you write directly to a volume"). The volumes are
 * found by what they lie on (IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS), with or without a drive letter; the numbers are those
 * of winioctl.h and winerror.h. It is C# 5, which is what Windows PowerShell compiles.
 */
export const volumesSource = `
using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;

public static class SifakaVolumes
{
    const uint Read = 0x80000000, Write = 0x40000000, ShareReadAndWrite = 3, OpenExisting = 3;
    const uint LockVolume = 0x00090018, DismountVolume = 0x00090020, VolumeDiskExtents = 0x00560000;
    const uint CheckVerify2 = 0x002D0800, EjectMedia = 0x002D4808;
    const int InvalidFunction = 1, NotSupported = 50, NoMoreFiles = 18, MoreData = 234;
    const int Attempts = 20, PauseMilliseconds = 500, MostExtents = 64;

    [DllImport("kernel32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
    static extern SafeFileHandle CreateFileW(string name, uint access, uint share, IntPtr security, uint disposition, uint flags, IntPtr template);
    [DllImport("kernel32.dll", SetLastError = true)]
    static extern bool DeviceIoControl(SafeFileHandle device, uint code, IntPtr input, uint inputSize, byte[] output, uint outputSize, out uint returned, IntPtr overlapped);
    [DllImport("kernel32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
    static extern IntPtr FindFirstVolumeW(StringBuilder name, uint length);
    [DllImport("kernel32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
    static extern bool FindNextVolumeW(IntPtr search, StringBuilder name, uint length);
    [DllImport("kernel32.dll")]
    static extern bool FindVolumeClose(IntPtr search);

    sealed class Failure : Exception
    {
        public readonly string Step;
        public readonly int Code;
        public Failure(string step, int code) { Step = step; Code = code; }
    }

    public static void Run(uint disk, TextReader input, TextWriter output)
    {
        List<SafeFileHandle> held = new List<SafeFileHandle>();
        try
        {
            foreach (string volume in VolumesOf(disk)) held.Add(Lock(volume));
            using (SafeFileHandle device = Open("\\\\\\\\.\\\\PhysicalDrive" + disk, Read, "open"))
            {
                Say(output, "{\\"locked\\":" + held.Count + "}");
                for (string line = input.ReadLine(); line != null; line = input.ReadLine())
                {
                    if (line == "media") Say(output, "{\\"mediaChanges\\":" + MediaChanges(device) + "}");
                    else if (line == "eject") Say(output, "{\\"ejected\\":" + (Control(device, EjectMedia, null) == 0 ? "true" : "false") + "}");
                    else throw new Failure("command", 0);
                }
            }
        }
        catch (Failure failure)
        {
            Say(output, "{\\"failed\\":\\"" + failure.Step + "\\",\\"code\\":" + failure.Code + "}");
        }
        finally
        {
            foreach (SafeFileHandle volume in held) volume.Dispose();
        }
    }

    static void Say(TextWriter output, string line)
    {
        output.WriteLine(line);
        output.Flush();
    }

    static List<string> VolumesOf(uint disk)
    {
        List<string> found = new List<string>();
        StringBuilder name = new StringBuilder(260);
        IntPtr search = FindFirstVolumeW(name, 260);
        if (search == new IntPtr(-1)) throw new Failure("list", Marshal.GetLastWin32Error());
        try
        {
            for (;;)
            {
                // A volume's name ends with a backslash, which would name the root of its file system.
                string volume = name.ToString().TrimEnd('\\\\');
                if (LiesOn(volume, disk)) found.Add(volume);
                if (FindNextVolumeW(search, name, 260)) continue;
                int code = Marshal.GetLastWin32Error();
                if (code != NoMoreFiles) throw new Failure("list", code);
                return found;
            }
        }
        finally
        {
            FindVolumeClose(search);
        }
    }

    static bool LiesOn(string volume, uint disk)
    {
        // VOLUME_DISK_EXTENTS: a count, and from byte 8 on DISK_EXTENTs of 24 bytes, each beginning with its disk's number.
        byte[] extents = new byte[8 + 24 * MostExtents];
        using (SafeFileHandle handle = CreateFileW(volume, 0, ShareReadAndWrite, IntPtr.Zero, OpenExisting, 0, IntPtr.Zero))
        {
            // An empty reader and an optical drive have no extents.
            if (handle.IsInvalid) return false;
            int code = Control(handle, VolumeDiskExtents, extents);
            if (code == MoreData) throw new Failure("extents", code);
            if (code != 0) return false;
        }
        int count = BitConverter.ToInt32(extents, 0);
        bool here = false, elsewhere = false;
        for (int index = 0; index < count && index < MostExtents; index++)
        {
            if (BitConverter.ToUInt32(extents, 8 + 24 * index) == disk) here = true;
            else elsewhere = true;
        }
        if (here && elsewhere) throw new Failure("spanned", 0);
        return here;
    }

    static SafeFileHandle Lock(string volume)
    {
        SafeFileHandle handle = Open(volume, Read | Write, "openVolume");
        for (int attempt = 1; ; attempt++)
        {
            int code = Control(handle, LockVolume, null);
            if (code == 0) break;
            if (attempt == Attempts) throw new Failure("lock", code);
            Thread.Sleep(PauseMilliseconds);
        }
        int dismounted = Control(handle, DismountVolume, null);
        if (dismounted != 0) throw new Failure("dismount", dismounted);
        return handle;
    }

    static uint MediaChanges(SafeFileHandle device)
    {
        byte[] count = new byte[4];
        int code = Control(device, CheckVerify2, count);
        // What cannot be changed is not asked for it.
        if (code == InvalidFunction || code == NotSupported) return 0;
        if (code != 0) throw new Failure("media", code);
        return BitConverter.ToUInt32(count, 0);
    }

    static SafeFileHandle Open(string name, uint access, string step)
    {
        SafeFileHandle handle = CreateFileW(name, access, ShareReadAndWrite, IntPtr.Zero, OpenExisting, 0, IntPtr.Zero);
        if (handle.IsInvalid) throw new Failure(step, Marshal.GetLastWin32Error());
        return handle;
    }

    static int Control(SafeFileHandle device, uint code, byte[] output)
    {
        uint returned;
        bool isDone = DeviceIoControl(device, code, IntPtr.Zero, 0, output, output == null ? 0 : (uint)output.Length, out returned, IntPtr.Zero);
        return isDone ? 0 : Marshal.GetLastWin32Error();
    }
}
`;

export const volumesProgram = `
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Add-Type -TypeDefinition @'${volumesSource}'@
[SifakaVolumes]::Run([uint32]$env:SIFAKA_DISK, [Console]::In, [Console]::Out)
`;
