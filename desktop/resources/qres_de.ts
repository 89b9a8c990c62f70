<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Banner</name>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Dismiss the message</source>
        <translation>Meldung schließen</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Error: {text}</source>
        <translation>Fehler: {text}</translation>
    </message>
    <message>
        <source>Note: {text}</source>
        <translation>Hinweis: {text}</translation>
    </message>
</context>
<context>
    <name>BatchDialogs</name>
    <message>
        <source>Add files</source>
        <translation>Dateien hinzufügen</translation>
    </message>
    <message>
        <source>Table for spreadsheets (*.csv)</source>
        <translation>Tabelle für Tabellenprogramme (*.csv)</translation>
    </message>
    <message>
        <source>JSON (*.json)</source>
        <translation>JSON (*.json)</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Originals to the trash</source>
        <translation>Originale in den Papierkorb</translation>
    </message>
    <message>
        <source>Move the originals of %n file(s) to the trash, each when it is converted?</source>
        <translation>Die Originale von %n Datei(en) in den Papierkorb legen, jedes, sobald es umgewandelt ist?</translation>
    </message>
    <message>
        <source>The results keep every pixel. An original stays where its result lacks anything.</source>
        <translation>Die Ergebnisse bewahren jedes Pixel. Ein Original bleibt, wenn seinem Ergebnis etwas fehlt.</translation>
    </message>
    <message>
        <source>The results are compressed with loss, so an original holds more than its result. An original stays where its result lacks anything else.</source>
        <translation>Die Ergebnisse sind mit Verlust komprimiert, ein Original enthält also mehr als sein Ergebnis. Ein Original bleibt, wenn seinem Ergebnis sonst etwas fehlt.</translation>
    </message>
    <message>
        <source>Conversion under way</source>
        <translation>Umwandlung läuft</translation>
    </message>
    <message>
        <source>Stop converting and close the window?</source>
        <translation>Umwandlung beenden und Fenster schließen?</translation>
    </message>
    <message>
        <source>What is finished stays; the rest can be converted later.</source>
        <translation>Was fertig ist, bleibt; der Rest lässt sich später umwandeln.</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>Beenden und schließen</translation>
    </message>
</context>
<context>
    <name>BatchOptions</name>
    <message>
        <source>File type of the results</source>
        <translation>Dateityp der Ergebnisse</translation>
    </message>
    <message>
        <source>Keep EXIF and XMP</source>
        <translation>EXIF und XMP behalten</translation>
    </message>
    <message>
        <source>Where the results go</source>
        <translation>Wohin die Ergebnisse kommen</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>What is added to the names</source>
        <translation>Was an die Namen angehängt wird</translation>
    </message>
    <message>
        <source>Example of a name</source>
        <translation>Beispiel eines Namens</translation>
    </message>
    <message>
        <source>If a file exists</source>
        <translation>Wenn eine Datei da ist</translation>
    </message>
    <message>
        <source>Add a number</source>
        <translation>Nummer anhängen</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>Überspringen</translation>
    </message>
    <message>
        <source>Overwrite</source>
        <translation>Überschreiben</translation>
    </message>
    <message>
        <source>Skip what is done already</source>
        <translation>Überspringen, was schon fertig ist</translation>
    </message>
    <message>
        <source>Leave a file out whose result is there, newer than the file, with the same quality and model; a target takes one encoding to check</source>
        <translation>Eine Datei auslassen, deren Ergebnis da ist, neuer als sie selbst, mit gleicher Qualität und gleichem Modell; bei einem Ziel braucht es dazu eine Kodierung</translation>
    </message>
    <message>
        <source>Skip what would not get smaller</source>
        <translation>Überspringen, was nicht kleiner würde</translation>
    </message>
    <message>
        <source>Keep the file times</source>
        <translation>Dateizeiten behalten</translation>
    </message>
    <message>
        <source>Move originals to the trash</source>
        <translation>Originale in den Papierkorb legen</translation>
    </message>
    <message>
        <source>Each when its result is written; without this, originals stay as they are</source>
        <translation>Jedes, sobald sein Ergebnis geschrieben ist; ohne dies bleiben Originale, wie sie sind</translation>
    </message>
    <message>
        <source>Convert &amp;to</source>
        <translation>Umwandeln i&amp;n</translation>
    </message>
    <message>
        <source>&amp;Where</source>
        <translation>&amp;Wohin</translation>
    </message>
    <message>
        <source>&amp;Add to the names</source>
        <translation>An die Namen &amp;anhängen</translation>
    </message>
    <message>
        <source>If a file &amp;exists</source>
        <translation>Wenn eine Datei &amp;da ist</translation>
    </message>
    <message>
        <source>Beside each file</source>
        <translation>Neben jede Datei</translation>
    </message>
    <message>
        <source>In a folder …</source>
        <translation>In einen Ordner …</translation>
    </message>
    <message>
        <source>For example: {name}</source>
        <translation>Zum Beispiel: {name}</translation>
    </message>
    <message>
        <source>QRes, from pictures</source>
        <translation>QRes, aus Bildern</translation>
    </message>
    <message>
        <source>PNG, from .qres files</source>
        <translation>PNG, aus .qres-Dateien</translation>
    </message>
    <message>
        <source>JPEG, from .qres files</source>
        <translation>JPEG, aus .qres-Dateien</translation>
    </message>
    <message>
        <source>WebP without loss, from .qres files</source>
        <translation>WebP verlustfrei, aus .qres-Dateien</translation>
    </message>
    <message>
        <source>AVIF, from .qres files</source>
        <translation>AVIF, aus .qres-Dateien</translation>
    </message>
    <message>
        <source>TIFF, from .qres files</source>
        <translation>TIFF, aus .qres-Dateien</translation>
    </message>
</context>
<context>
    <name>BatchPage</name>
    <message>
        <source>Add &amp;files …</source>
        <translation>&amp;Dateien hinzufügen …</translation>
    </message>
    <message>
        <source>Add f&amp;older …</source>
        <translation>&amp;Ordner hinzufügen …</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>Ent&amp;fernen</translation>
    </message>
    <message>
        <source>Take the selected files off the list (Del); the files themselves stay</source>
        <translation>Die ausgewählten Dateien von der Liste nehmen (Entf); die Dateien selbst bleiben</translation>
    </message>
    <message>
        <source>C&amp;lear the list</source>
        <translation>Liste &amp;leeren</translation>
    </message>
    <message>
        <source>Take all files off the list; the files themselves stay</source>
        <translation>Alle Dateien von der Liste nehmen; die Dateien selbst bleiben</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Save report …</source>
        <translation>Bericht speichern …</translation>
    </message>
    <message>
        <source>Progress of the whole list</source>
        <translation>Fortschritt der ganzen Liste</translation>
    </message>
    <message>
        <source>State of the conversion</source>
        <translation>Stand der Umwandlung</translation>
    </message>
    <message>
        <source>Looking for files …</source>
        <translation>Dateien werden gesucht …</translation>
    </message>
    <message>
        <source>1 file</source>
        <translation>1 Datei</translation>
    </message>
    <message>
        <source>{count} files</source>
        <translation>{count} Dateien</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>{count} converted</source>
        <translation>{count} umgewandelt</translation>
    </message>
    <message>
        <source>{count} skipped</source>
        <translation>{count} übersprungen</translation>
    </message>
    <message>
        <source>{count} failed</source>
        <translation>{count} fehlgeschlagen</translation>
    </message>
    <message>
        <source>{before} became {after}</source>
        <translation>aus {before} wurden {after}</translation>
    </message>
    <message>
        <source>{share} saved</source>
        <translation>{share} gespart</translation>
    </message>
    <message>
        <source>Pausing after this file</source>
        <translation>Hält nach dieser Datei an</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Cancelling</source>
        <translation>Wird abgebrochen</translation>
    </message>
    <message>
        <source>Converting</source>
        <translation>Wird umgewandelt</translation>
    </message>
    <message>
        <source>Convert again</source>
        <translation>Erneut umwandeln</translation>
    </message>
    <message>
        <source>Convert the other {count}</source>
        <translation>Die anderen {count} umwandeln</translation>
    </message>
    <message>
        <source>Converting …</source>
        <translation>Wird umgewandelt …</translation>
    </message>
    <message>
        <source>Convert 1 file</source>
        <translation>1 Datei umwandeln</translation>
    </message>
    <message>
        <source>Convert {count} files</source>
        <translation>{count} Dateien umwandeln</translation>
    </message>
    <message>
        <source>Convert</source>
        <translation>Umwandeln</translation>
    </message>
    <message>
        <source>Add a folder</source>
        <translation>Ordner hinzufügen</translation>
    </message>
    <message>
        <source>Where the results go</source>
        <translation>Wohin die Ergebnisse kommen</translation>
    </message>
    <message>
        <source>About {count} s left</source>
        <translation>Noch etwa {count} s</translation>
    </message>
    <message>
        <source>About {count} min left</source>
        <translation>Noch etwa {count} min</translation>
    </message>
    <message>
        <source>About {hours} h {minutes} min left</source>
        <translation>Noch etwa {hours} h {minutes} min</translation>
    </message>
</context>
<context>
    <name>BatchTable</name>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Becomes</source>
        <translation>Wird zu</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Stand</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Saving</source>
        <translation>Ersparnis</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>Ausgelassen</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>Converting</source>
        <translation>Wird umgewandelt</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>Übersprungen</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
</context>
<context>
    <name>BlockChart</name>
    <message>
        <source>Block {block} of {count}: {bits} bits, {share} of the blocks</source>
        <translation>Block {block} von {count}: {bits} Bit, {share} der Blöcke</translation>
    </message>
</context>
<context>
    <name>Captions</name>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>No result yet</source>
        <translation>Noch kein Ergebnis</translation>
    </message>
    <message>
        <source>Encoding …</source>
        <translation>Kodieren …</translation>
    </message>
    <message>
        <source>QRes, first {blocks} of {count} blocks</source>
        <translation>QRes, die ersten {blocks} von {count} Blöcken</translation>
    </message>
    <message>
        <source>QRes, lossless</source>
        <translation>QRes, verlustfrei</translation>
    </message>
    <message>
        <source>QRes, quality {quality}</source>
        <translation>QRes, Qualität {quality}</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>&amp;Open …</source>
        <translation>Ö&amp;ffnen …</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>Save &amp;as …</source>
        <translation>Speichern &amp;unter …</translation>
    </message>
    <message>
        <source>Save these &amp;blocks …</source>
        <translation>Diese &amp;Blöcke speichern …</translation>
    </message>
    <message>
        <source>&amp;Export picture …</source>
        <translation>Bild &amp;exportieren …</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Copy the picture shown</source>
        <translation>Gezeigtes Bild &amp;kopieren</translation>
    </message>
    <message>
        <source>&amp;Paste a picture</source>
        <translation>Bild &amp;einfügen</translation>
    </message>
    <message>
        <source>&amp;Encode again</source>
        <translation>Erneut &amp;kodieren</translation>
    </message>
    <message>
        <source>&amp;Play the refinement</source>
        <translation>Verfeinerung abs&amp;pielen</translation>
    </message>
    <message>
        <source>&amp;Cancel the work</source>
        <translation>Arbeit &amp;abbrechen</translation>
    </message>
    <message>
        <source>&amp;Information about the file</source>
        <translation>&amp;Information zur Datei</translation>
    </message>
    <message>
        <source>F&amp;lip between original and result</source>
        <translation>&amp;Wechseln zwischen Original und Ergebnis</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>Ver&amp;größern</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>Ver&amp;kleinern</translation>
    </message>
    <message>
        <source>Fit the &amp;window</source>
        <translation>In das &amp;Fenster einpassen</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Einpassen</translation>
    </message>
    <message>
        <source>&amp;Actual size, 100 %</source>
        <translation>Ori&amp;ginalgröße, 100 %</translation>
    </message>
    <message>
        <source>S&amp;quare pixels</source>
        <translation>&amp;Quadratische Pixel</translation>
    </message>
    <message>
        <source>Draw the pixels of an enlarged picture as squares, or smoothly</source>
        <translation>Die Pixel eines vergrößerten Bildes als Quadrate zeichnen, oder weich</translation>
    </message>
    <message>
        <source>Open the &amp;sample picture</source>
        <translation>&amp;Beispielbild öffnen</translation>
    </message>
    <message>
        <source>&amp;Mouse and keys</source>
        <translation>&amp;Maus und Tasten</translation>
    </message>
    <message>
        <source>&amp;About QRes</source>
        <translation>Ü&amp;ber QRes</translation>
    </message>
    <message>
        <source>&amp;Divider</source>
        <translation>&amp;Teiler</translation>
    </message>
    <message>
        <source>Side by &amp;side</source>
        <translation>&amp;Nebeneinander</translation>
    </message>
    <message>
        <source>Di&amp;fference</source>
        <translation>&amp;Unterschied</translation>
    </message>
    <message>
        <source>Only the &amp;original</source>
        <translation>Nur das &amp;Original</translation>
    </message>
    <message>
        <source>Only the &amp;result</source>
        <translation>Nur das &amp;Ergebnis</translation>
    </message>
    <message>
        <source>&amp;Pause the refinement</source>
        <translation>Verfeinerung an&amp;halten</translation>
    </message>
</context>
<context>
    <name>ComparisonView</name>
    <message>
        <source>Comparison of the original and the result</source>
        <translation>Vergleich von Original und Ergebnis</translation>
    </message>
    <message>
        <source>Difference, {factor} times as bright</source>
        <translation>Unterschied, {factor}-fach aufgehellt</translation>
    </message>
    <message>
        <source>Drop a picture here</source>
        <translation>Bild hierher ziehen</translation>
    </message>
    <message>
        <source>or click to choose one. Photographs and .qres files both work.</source>
        <translation>oder klicken, um eines zu wählen. Fotos und .qres-Dateien gehen beide.</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Unsaved result</source>
        <translation>Ergebnis nicht gespeichert</translation>
    </message>
    <message>
        <source>Save {name} losslessly as a .qres file?</source>
        <translation>{name} verlustfrei als .qres-Datei speichern?</translation>
    </message>
    <message>
        <source>Save {name} at quality {quality} as a .qres file?</source>
        <translation>{name} mit Qualität {quality} als .qres-Datei speichern?</translation>
    </message>
    <message>
        <source>The result is not in any file yet. The picture itself stays as it is.</source>
        <translation>Das Ergebnis steht noch in keiner Datei. Das Bild selbst bleibt, wie es ist.</translation>
    </message>
    <message>
        <source>Keep these settings</source>
        <translation>Einstellungen merken</translation>
    </message>
    <message>
        <source>Name of the preset:</source>
        <translation>Name der Vorgabe:</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Mausrad</translation>
    </message>
    <message>
        <source>Zoom at the pointer</source>
        <translation>Am Zeiger vergrößern und verkleinern</translation>
    </message>
    <message>
        <source>Drag</source>
        <translation>Ziehen</translation>
    </message>
    <message>
        <source>Move the picture or the divider</source>
        <translation>Bild oder Teiler verschieben</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>Doppelklick</translation>
    </message>
    <message>
        <source>The whole picture, or 100 %</source>
        <translation>Ganzes Bild oder 100 %</translation>
    </message>
    <message>
        <source>Double click on the divider</source>
        <translation>Doppelklick auf den Teiler</translation>
    </message>
    <message>
        <source>Left, middle, right</source>
        <translation>Links, Mitte, rechts</translation>
    </message>
    <message>
        <source>Arrow keys</source>
        <translation>Pfeiltasten</translation>
    </message>
    <message>
        <source>Move the picture</source>
        <translation>Bild verschieben</translation>
    </message>
    <message>
        <source>Ctrl + left, right</source>
        <translation>Strg + links, rechts</translation>
    </message>
    <message>
        <source>Move the divider</source>
        <translation>Teiler verschieben</translation>
    </message>
    <message>
        <source>Mouse and arrows</source>
        <translation>Maus und Pfeile</translation>
    </message>
    <message>
        <source>Mouse and keys</source>
        <translation>Maus und Tasten</translation>
    </message>
    <message>
        <source>About QRes</source>
        <translation>Über QRes</translation>
    </message>
    <message>
        <source>A learned image format: small files that open alike on every computer&lt;br&gt;and sharpen latent block by latent block.</source>
        <translation>Ein gelerntes Bildformat: kleine Dateien, die auf jedem Rechner gleich aussehen&lt;br&gt;und Block für Block schärfer werden.</translation>
    </message>
    <message>
        <source>from source</source>
        <translation>aus dem Quelltext</translation>
    </message>
    <message>
        <source>Pictures and QRes files ({patterns})</source>
        <translation>Bilder und QRes-Dateien ({patterns})</translation>
    </message>
    <message>
        <source>QRes files (*.qres)</source>
        <translation>QRes-Dateien (*.qres)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Model packages (*.qresmodel)</source>
        <translation>Modellpakete (*.qresmodel)</translation>
    </message>
    <message>
        <source>Model package</source>
        <translation>Modellpaket</translation>
    </message>
    <message>
        <source>Save as</source>
        <translation>Speichern unter</translation>
    </message>
    <message>
        <source>PNG, without loss (*.png)</source>
        <translation>PNG, verlustfrei (*.png)</translation>
    </message>
    <message>
        <source>JPEG (*.jpg *.jpeg)</source>
        <translation>JPEG (*.jpg *.jpeg)</translation>
    </message>
    <message>
        <source>WebP, without loss (*.webp)</source>
        <translation>WebP, verlustfrei (*.webp)</translation>
    </message>
    <message>
        <source>AVIF (*.avif)</source>
        <translation>AVIF (*.avif)</translation>
    </message>
    <message>
        <source>TIFF, without loss (*.tiff *.tif)</source>
        <translation>TIFF, verlustfrei (*.tiff *.tif)</translation>
    </message>
    <message>
        <source>Export the picture</source>
        <translation>Bild exportieren</translation>
    </message>
</context>
<context>
    <name>EmptyList</name>
    <message>
        <source>The list is empty. Drop files and folders here, or use the buttons above.</source>
        <translation>Die Liste ist leer. Ziehen Sie Dateien und Ordner hierher, oder benutzen Sie die Knöpfe oben.</translation>
    </message>
    <message>
        <source>Drop pictures and folders here</source>
        <translation>Bilder und Ordner hierher ziehen</translation>
    </message>
    <message>
        <source>Photographs become .qres files, .qres files become pictures.</source>
        <translation>Aus Fotos werden .qres-Dateien, aus .qres-Dateien Bilder.</translation>
    </message>
    <message>
        <source>Folders keep their structure. Originals stay as they are.</source>
        <translation>Ordner behalten ihren Aufbau. Originale bleiben, wie sie sind.</translation>
    </message>
</context>
<context>
    <name>Exchange</name>
    <message>
        <source>Clipboard</source>
        <translation>Zwischenablage</translation>
    </message>
</context>
<context>
    <name>Figures</name>
    <message>
        <source>{count} bytes</source>
        <translation>{count} Bytes</translation>
    </message>
    <message>
        <source>identical</source>
        <translation>identisch</translation>
    </message>
</context>
<context>
    <name>FiguresPanel</name>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Size compared with the source file</source>
        <translation>Größe im Vergleich zur Ausgangsdatei</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Width and height in pixels</source>
        <translation>Breite und Höhe in Pixeln</translation>
    </message>
    <message>
        <source>Bits per pixel</source>
        <translation>Bit pro Pixel</translation>
    </message>
    <message>
        <source>Bits of the file for each pixel of the picture</source>
        <translation>Bit der Datei für jedes Pixel des Bildes</translation>
    </message>
    <message>
        <source>PSNR</source>
        <translation>PSNR</translation>
    </message>
    <message>
        <source>Peak signal-to-noise ratio against the original; higher is closer</source>
        <translation>Spitzen-Signal-Rausch-Verhältnis zum Original; höher ist näher daran</translation>
    </message>
    <message>
        <source>MS-SSIM</source>
        <translation>MS-SSIM</translation>
    </message>
    <message>
        <source>Multi-scale structural similarity to the original; 1 is equal</source>
        <translation>Strukturelle Ähnlichkeit mit dem Original auf mehreren Stufen; 1 ist gleich</translation>
    </message>
    <message>
        <source>Encoding</source>
        <translation>Kodieren</translation>
    </message>
    <message>
        <source>Time from pixels to the finished file</source>
        <translation>Zeit von den Pixeln bis zur fertigen Datei</translation>
    </message>
    <message>
        <source>Decoding</source>
        <translation>Dekodieren</translation>
    </message>
    <message>
        <source>Time from the file to the pixels shown</source>
        <translation>Zeit von der Datei bis zu den gezeigten Pixeln</translation>
    </message>
    <message>
        <source>Original file: {size}</source>
        <translation>Originaldatei: {size}</translation>
    </message>
    <message>
        <source>All that there is of the file</source>
        <translation>Alles, was von der Datei da ist</translation>
    </message>
    <message>
        <source>The whole file</source>
        <translation>Die ganze Datei</translation>
    </message>
    <message>
        <source>{share} of the file, {size}</source>
        <translation>{share} der Datei, {size}</translation>
    </message>
    <message>
        <source>{share} of the original file, {size}</source>
        <translation>{share} der Originaldatei, {size}</translation>
    </message>
    <message>
        <source>{share} of the pixels, {size}</source>
        <translation>{share} der Pixeldaten, {size}</translation>
    </message>
    <message>
        <source>bit-exact</source>
        <translation>bitgenau</translation>
    </message>
    <message>
        <source>First {blocks} of {count} blocks</source>
        <translation>Die ersten {blocks} von {count} Blöcken</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
</context>
<context>
    <name>GoalControls</name>
    <message>
        <source>Lossless</source>
        <translation>Verlustfrei</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>Presets: settings under a name</source>
        <translation>Vorgaben: Einstellungen unter einem Namen</translation>
    </message>
    <message>
        <source>Own settings</source>
        <translation>Eigene Einstellungen</translation>
    </message>
    <message>
        <source>Keep or delete presets</source>
        <translation>Vorgaben merken oder löschen</translation>
    </message>
    <message>
        <source>Keep these settings as a preset …</source>
        <translation>Diese Einstellungen als Vorgabe merken …</translation>
    </message>
    <message>
        <source>Delete this preset</source>
        <translation>Diese Vorgabe löschen</translation>
    </message>
    <message>
        <source>Quality: 0 gives the smallest file, 100 the best picture</source>
        <translation>Qualität: 0 gibt die kleinste Datei, 100 das beste Bild</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Qualität</translation>
    </message>
    <message>
        <source>0 gives the smallest file, 100 the best picture</source>
        <translation>0 gibt die kleinste Datei, 100 das beste Bild</translation>
    </message>
    <message>
        <source>Quality as a number</source>
        <translation>Qualität als Zahl</translation>
    </message>
    <message>
        <source>Quality as a number, 0 to 100</source>
        <translation>Qualität als Zahl, 0 bis 100</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Let the quality be found that keeps to a size, or reaches a PSNR</source>
        <translation>Die Qualität suchen lassen, die eine Größe einhält oder einen PSNR erreicht</translation>
    </message>
    <message>
        <source>No target</source>
        <translation>Ohne Ziel</translation>
    </message>
    <message>
        <source>Size at most</source>
        <translation>Größe höchstens</translation>
    </message>
    <message>
        <source>Share at most</source>
        <translation>Anteil höchstens</translation>
    </message>
    <message>
        <source>PSNR at least</source>
        <translation>PSNR mindestens</translation>
    </message>
    <message>
        <source>Value of the target</source>
        <translation>Wert des Ziels</translation>
    </message>
    <message>
        <source>&amp;Quality</source>
        <translation>&amp;Qualität</translation>
    </message>
    <message>
        <source>Smaller file</source>
        <translation>Kleinere Datei</translation>
    </message>
    <message>
        <source>Better picture</source>
        <translation>Besseres Bild</translation>
    </message>
    <message>
        <source>Keep every pixel bit for bit; the file is larger, and has no quality to choose</source>
        <translation>Jedes Pixel Bit für Bit bewahren; die Datei ist größer, und eine Qualität gibt es nicht zu wählen</translation>
    </message>
    <message>
        <source>The chosen model has no lossless head, so it cannot keep every pixel; choose another model</source>
        <translation>Das gewählte Modell hat keinen verlustfreien Kopf und kann daher nicht jedes Pixel bewahren; ein anderes Modell wählen</translation>
    </message>
</context>
<context>
    <name>InformationPanel</name>
    <message>
        <source>There is no coded file yet.</source>
        <translation>Es gibt noch keine kodierte Datei.</translation>
    </message>
    <message>
        <source>Parts of the file</source>
        <translation>Teile der Datei</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>Teil</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>CRC-32</source>
        <translation>CRC-32</translation>
    </message>
    <message>
        <source>The parts of the file in their order; every one has a checksum of its own</source>
        <translation>Die Teile der Datei der Reihe nach; jeder hat seine eigene Prüfsumme</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Format version</source>
        <translation>Formatversion</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Model identity</source>
        <translation>Modellkennung</translation>
    </message>
    <message>
        <source>Quality index</source>
        <translation>Qualitätsindex</translation>
    </message>
    <message>
        <source>Latent blocks</source>
        <translation>Latente Blöcke</translation>
    </message>
    <message>
        <source>Device in use</source>
        <translation>Benutztes Gerät</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>EXIF</source>
        <translation>EXIF</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>XMP</source>
        <translation>XMP</translation>
    </message>
    <message>
        <source>{blocks} of {count}</source>
        <translation>{blocks} von {count}</translation>
    </message>
    <message>
        <source>Latent block {number}</source>
        <translation>Latenter Block {number}</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>beschädigt</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>Kopf</translation>
    </message>
    <message>
        <source>Colour profile</source>
        <translation>Farbprofil</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>Transparency</source>
        <translation>Transparenz</translation>
    </message>
    <message>
        <source>Post-filter</source>
        <translation>Nachfilter</translation>
    </message>
    <message>
        <source>Lossless part</source>
        <translation>Verlustfreier Teil</translation>
    </message>
    <message>
        <source>Unknown part {type}</source>
        <translation>Unbekannter Teil {type}</translation>
    </message>
    <message>
        <source>Camera maker</source>
        <translation>Kamerahersteller</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>Kamera</translation>
    </message>
    <message>
        <source>Taken</source>
        <translation>Aufgenommen</translation>
    </message>
    <message>
        <source>Lens</source>
        <translation>Objektiv</translation>
    </message>
    <message>
        <source>Focal length, mm</source>
        <translation>Brennweite, mm</translation>
    </message>
    <message>
        <source>Aperture, f/</source>
        <translation>Blende, f/</translation>
    </message>
    <message>
        <source>Exposure, s</source>
        <translation>Belichtung, s</translation>
    </message>
    <message>
        <source>ISO</source>
        <translation>ISO</translation>
    </message>
    <message>
        <source>Artist</source>
        <translation>Urheber</translation>
    </message>
    <message>
        <source>Copyright</source>
        <translation>Copyright</translation>
    </message>
</context>
<context>
    <name>Laboratory</name>
    <message>
        <source>Sample, temperature {temperature}, seed {seed}</source>
        <translation>Stichprobe, Temperatur {temperature}, Startwert {seed}</translation>
    </message>
    <message>
        <source>At {share} of the way</source>
        <translation>Bei {share} des Wegs</translation>
    </message>
    <message>
        <source>Inpainted, temperature {temperature}, seed {seed}</source>
        <translation>Ausgefüllt, Temperatur {temperature}, Startwert {seed}</translation>
    </message>
</context>
<context>
    <name>LaboratoryPage</name>
    <message>
        <source>Nothing has been made yet.</source>
        <translation>Es wurde noch nichts erzeugt.</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>Stichprobe</translation>
    </message>
    <message>
        <source>Interpolation</source>
        <translation>Interpolation</translation>
    </message>
    <message>
        <source>Inpainting</source>
        <translation>Ausgefüllt</translation>
    </message>
</context>
<context>
    <name>LaboratoryPanel</name>
    <message>
        <source>Experiments</source>
        <translation>Versuche</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>Stichprobe</translation>
    </message>
    <message>
        <source>Interpolate</source>
        <translation>Interpolieren</translation>
    </message>
    <message>
        <source>Inpaint</source>
        <translation>Ausfüllen</translation>
    </message>
    <message>
        <source>Width in pixels</source>
        <translation>Breite in Pixeln</translation>
    </message>
    <message>
        <source>Height in pixels</source>
        <translation>Höhe in Pixeln</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>0 takes the most likely values, 1 draws as the model expects them</source>
        <translation>0 nimmt die wahrscheinlichsten Werte, 1 zieht sie so, wie das Modell sie erwartet</translation>
    </message>
    <message>
        <source>Temperature as a number</source>
        <translation>Temperatur als Zahl</translation>
    </message>
    <message>
        <source>Position between the pictures</source>
        <translation>Stelle zwischen den Bildern</translation>
    </message>
    <message>
        <source>Position as a number</source>
        <translation>Stelle als Zahl</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>The same seed gives the same picture</source>
        <translation>Derselbe Startwert ergibt dasselbe Bild</translation>
    </message>
    <message>
        <source>Another</source>
        <translation>Ein anderer</translation>
    </message>
    <message>
        <source>Draw a new seed, and make a picture of it</source>
        <translation>Einen neuen Startwert ziehen und ein Bild daraus erzeugen</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Qualität</translation>
    </message>
    <message>
        <source>The model has latents of its own for every quality</source>
        <translation>Das Modell hat für jede Qualität eigene latente Werte</translation>
    </message>
    <message>
        <source>Quality as a number</source>
        <translation>Qualität als Zahl</translation>
    </message>
    <message>
        <source>Other picture …</source>
        <translation>Anderes Bild …</translation>
    </message>
    <message>
        <source>The other picture</source>
        <translation>Das andere Bild</translation>
    </message>
    <message>
        <source>Left edge of the rectangle</source>
        <translation>Linker Rand des Rechtecks</translation>
    </message>
    <message>
        <source>Upper edge of the rectangle</source>
        <translation>Oberer Rand des Rechtecks</translation>
    </message>
    <message>
        <source>Width of the rectangle</source>
        <translation>Breite des Rechtecks</translation>
    </message>
    <message>
        <source>Height of the rectangle</source>
        <translation>Höhe des Rechtecks</translation>
    </message>
    <message>
        <source>Make a picture</source>
        <translation>Bild erzeugen</translation>
    </message>
    <message>
        <source>Progress of the picture</source>
        <translation>Fortschritt des Bildes</translation>
    </message>
    <message>
        <source>State of the laboratory</source>
        <translation>Stand im Labor</translation>
    </message>
    <message>
        <source>Export …</source>
        <translation>Exportieren …</translation>
    </message>
    <message>
        <source>Write the picture as PNG, JPEG, WebP, AVIF or TIFF</source>
        <translation>Das Bild als PNG, JPEG, WebP, AVIF oder TIFF schreiben</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Put the picture into the clipboard</source>
        <translation>Das Bild in die Zwischenablage legen</translation>
    </message>
    <message>
        <source>Encode …</source>
        <translation>Kodieren …</translation>
    </message>
    <message>
        <source>Open it on the page of the picture, to encode and save it there</source>
        <translation>Auf der Seite des Bildes öffnen, um es dort zu kodieren und zu speichern</translation>
    </message>
    <message>
        <source>Size in pixels</source>
        <translation>Größe in Pixeln</translation>
    </message>
    <message>
        <source>&amp;Position</source>
        <translation>&amp;Stelle</translation>
    </message>
    <message>
        <source>Left, top</source>
        <translation>Links, oben</translation>
    </message>
    <message>
        <source>Width, height</source>
        <translation>Breite, Höhe</translation>
    </message>
    <message>
        <source>Rectangle</source>
        <translation>Rechteck</translation>
    </message>
    <message>
        <source>&amp;Temperature</source>
        <translation>&amp;Temperatur</translation>
    </message>
    <message>
        <source>&amp;Quality</source>
        <translation>&amp;Qualität</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>noch keines</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Made in {duration}.</source>
        <translation>Erzeugt in {duration}.</translation>
    </message>
    <message>
        <source>A picture of random latents. It shows what the model expects of pictures: with the standard model textures, not scenes.</source>
        <translation>Ein Bild aus zufälligen latenten Werten. Es zeigt, was das Modell von Bildern erwartet: beim Standardmodell Texturen, keine Szenen.</translation>
    </message>
    <message>
        <source>Between the open picture and another: the mean of what their files would hold.</source>
        <translation>Zwischen dem geöffneten Bild und einem anderen: das Mittel dessen, was ihre Dateien enthielten.</translation>
    </message>
    <message>
        <source>The model fills a rectangle from its surroundings; everything else stays exactly as it is.</source>
        <translation>Das Modell füllt ein Rechteck aus seiner Umgebung; alles andere bleibt genau, wie es ist.</translation>
    </message>
</context>
<context>
    <name>LaboratoryView</name>
    <message>
        <source>The picture and what was made of it</source>
        <translation>Das Bild und was daraus erzeugt wurde</translation>
    </message>
</context>
<context>
    <name>Library</name>
    <message>
        <source>The alpha channel of the .qres file is not valid; encode the picture again.</source>
        <translation>Die Transparenz der .qres-Datei ist ungültig; das Bild neu kodieren.</translation>
    </message>
    <message>
        <source>There is not enough memory for a picture of this size; use a smaller picture, or the CPU.</source>
        <translation>Der Speicher reicht für ein Bild dieser Größe nicht; ein kleineres Bild oder den Prozessor (CPU) nehmen.</translation>
    </message>
    <message>
        <source>The device must be one of {devices}, not &quot;{device}&quot;.</source>
        <translation>Das Gerät muss eines von {devices} sein, nicht „{device}“.</translation>
    </message>
    <message>
        <source>CUDA was asked for but cannot be used on this computer, so the CPU does the work.</source>
        <translation>CUDA ist gewünscht, lässt sich auf diesem Rechner aber nicht verwenden; daher arbeitet der Prozessor.</translation>
    </message>
    <message>
        <source>The graph &quot;{name}&quot; of the model package cannot be loaded: {reason}</source>
        <translation>Der Graph „{name}“ des Modellpakets lässt sich nicht laden: {reason}</translation>
    </message>
    <message>
        <source>The work was cancelled.</source>
        <translation>Die Arbeit wurde abgebrochen.</translation>
    </message>
    <message>
        <source>The graph &quot;{name}&quot; of the model package failed: {reason}</source>
        <translation>Der Graph „{name}“ des Modellpakets ist gescheitert: {reason}</translation>
    </message>
    <message>
        <source>The bands of {band_height} rows do not fit the alignment of {alignment} pixels of the model package; the file is not valid.</source>
        <translation>Die Streifen von {band_height} Zeilen passen nicht zur Ausrichtung des Modellpakets auf {alignment} Pixel; die Datei ist ungültig.</translation>
    </message>
    <message>
        <source>The symbols of latent block {block} do not match their checksum: this model package is not portable, so decode on the kind of computer that encoded.</source>
        <translation>Die Symbole des latenten Blocks {block} passen nicht zu ihrer Prüfsumme: Dieses Modellpaket ist nicht portabel; auf einem Rechner der Art dekodieren, die kodiert hat.</translation>
    </message>
    <message>
        <source>The symbols of latent block {block} do not match their checksum: the file was not written properly; encode the picture again.</source>
        <translation>Die Symbole des latenten Blocks {block} passen nicht zu ihrer Prüfsumme: Die Datei wurde nicht richtig geschrieben; das Bild neu kodieren.</translation>
    </message>
    <message>
        <source>The original stays, as the output does not keep all of it, or misses the target.</source>
        <translation>Das Original bleibt, da das Ergebnis nicht alles davon behält oder das Ziel verfehlt.</translation>
    </message>
    <message>
        <source>The file is empty; get it anew.</source>
        <translation>Die Datei ist leer; sie neu besorgen.</translation>
    </message>
    <message>
        <source>The file</source>
        <translation>Die Datei</translation>
    </message>
    <message>
        <source>It is not an ordinary file; choose a picture file.</source>
        <translation>Das ist keine gewöhnliche Datei; eine Bilddatei wählen.</translation>
    </message>
    <message>
        <source>The file cannot be read: {reason}; check the path and its permissions.</source>
        <translation>Die Datei lässt sich nicht lesen: {reason}; Pfad und Rechte prüfen.</translation>
    </message>
    <message>
        <source>The folder {folder} cannot be made: {reason}; choose another place.</source>
        <translation>Der Ordner {folder} lässt sich nicht anlegen: {reason}; einen anderen Ort wählen.</translation>
    </message>
    <message>
        <source>The .qres file would not be smaller: {output_bytes} bytes instead of {input_bytes}.</source>
        <translation>Die .qres-Datei wäre nicht kleiner: {output_bytes} Byte statt {input_bytes}.</translation>
    </message>
    <message>
        <source>Quality {quality} comes closest to the target, which is out of reach.</source>
        <translation>Qualität {quality} kommt dem Ziel am nächsten; erreichbar ist es nicht.</translation>
    </message>
    <message>
        <source>The file time could not be kept: {reason}.</source>
        <translation>Die Dateizeit ließ sich nicht behalten: {reason}.</translation>
    </message>
    <message>
        <source>The original could not be moved to the trash and stays: {reason}.</source>
        <translation>Das Original ließ sich nicht in den Papierkorb legen und bleibt: {reason}.</translation>
    </message>
    <message>
        <source>There is not enough memory for a picture of this size; scale it down first.</source>
        <translation>Der Speicher reicht für ein Bild dieser Größe nicht; es erst verkleinern.</translation>
    </message>
    <message>
        <source>This should not have happened: {error}; please report it.</source>
        <translation>Das hätte nicht geschehen dürfen: {error}; bitte melden.</translation>
    </message>
    <message>
        <source>It is done already: {name} is up to date.</source>
        <translation>Schon fertig: {name} ist auf dem neuesten Stand.</translation>
    </message>
    <message>
        <source>{name} exists already.</source>
        <translation>{name} ist schon da.</translation>
    </message>
    <message>
        <source>It is a .qres file already.</source>
        <translation>Sie ist schon eine .qres-Datei.</translation>
    </message>
    <message>
        <source>It is no .qres file.</source>
        <translation>Sie ist keine .qres-Datei.</translation>
    </message>
    <message>
        <source>The search for files was cancelled.</source>
        <translation>Die Suche nach Dateien wurde abgebrochen.</translation>
    </message>
    <message>
        <source>A report is a .csv or a .json file, not {extension}.</source>
        <translation>Ein Bericht ist eine .csv- oder .json-Datei, nicht {extension}.</translation>
    </message>
    <message>
        <source>one without extension</source>
        <translation>eine ohne Endung</translation>
    </message>
    <message>
        <source>A graph of the model package lacks the output &quot;{name}&quot;; get the model package anew.</source>
        <translation>Einem Graphen des Modellpakets fehlt die Ausgabe „{name}“; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>The region {region} (x,y,width,height) is not within the picture.</source>
        <translation>Der Ausschnitt {region} (x,y,Breite,Höhe) liegt nicht im Bild.</translation>
    </message>
    <message>
        <source>The number of latent blocks must be between {lowest} and {count}, not {blocks}.</source>
        <translation>Die Zahl der latenten Blöcke muss zwischen {lowest} und {count} liegen, nicht {blocks}.</translation>
    </message>
    <message>
        <source>The scale must be one of 1/{scales}, not 1/{scale}.</source>
        <translation>Der Maßstab muss einer von 1/{scales} sein, nicht 1/{scale}.</translation>
    </message>
    <message>
        <source>The model package &quot;{name}&quot; has no lossless head, so it cannot encode losslessly; use a package that has one (python -m training.fit_lossless_head makes it).</source>
        <translation>Das Modellpaket „{name}“ hat keinen verlustfreien Kopf und kann daher nicht verlustfrei kodieren; ein Paket mit einem solchen verwenden (python -m training.fit_lossless_head macht ihn).</translation>
    </message>
    <message>
        <source>The file ends before its first latent block, so it holds no picture; get it anew.</source>
        <translation>Die Datei endet vor ihrem ersten latenten Block und enthält damit kein Bild; sie neu besorgen.</translation>
    </message>
    <message>
        <source>The header of the file contradicts its model package; the file is not valid.</source>
        <translation>Der Kopf der Datei widerspricht ihrem Modellpaket; die Datei ist ungültig.</translation>
    </message>
    <message>
        <source>The file has bands, but its model package is not portable; the file is not valid.</source>
        <translation>Die Datei hat Streifen, aber ihr Modellpaket ist nicht portabel; die Datei ist ungültig.</translation>
    </message>
    <message>
        <source>The file has {symbols} symbols, more than the limit of {limit}.</source>
        <translation>Die Datei hat {symbols} Symbole, mehr als die Grenze von {limit}.</translation>
    </message>
    <message>
        <source>There is not enough memory for a picture of this size; use a smaller picture, or a larger computer.</source>
        <translation>Der Speicher reicht für ein Bild dieser Größe nicht; ein kleineres Bild oder einen größeren Rechner nehmen.</translation>
    </message>
    <message>
        <source>Only {blocks} of {block_count} latent blocks are there, so the picture is coarser.</source>
        <translation>Nur {blocks} von {block_count} latenten Blöcken sind da; das Bild ist daher gröber.</translation>
    </message>
    <message>
        <source>{fewer} of {band_count} bands have only {blocks} or more of {block_count} latent blocks, so the picture is coarser there.</source>
        <translation>{fewer} von {band_count} Streifen haben nur {blocks} oder mehr von {block_count} latenten Blöcken; dort ist das Bild gröber.</translation>
    </message>
    <message>
        <source>The model package cannot decode the lossless part, so the picture is the lossy one.</source>
        <translation>Das Modellpaket kann den verlustfreien Teil nicht dekodieren; das Bild ist daher das verlustbehaftete.</translation>
    </message>
    <message>
        <source>colour profile</source>
        <translation>Farbprofil</translation>
    </message>
    <message>
        <source>preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>alpha channel</source>
        <translation>Transparenz</translation>
    </message>
    <message>
        <source>EXIF data</source>
        <translation>EXIF-Daten</translation>
    </message>
    <message>
        <source>XMP data</source>
        <translation>XMP-Daten</translation>
    </message>
    <message>
        <source>lossless part</source>
        <translation>verlustfreie Teil</translation>
    </message>
    <message>
        <source>This is not a .qres file, since it does not start with the QRes signature; choose another file.</source>
        <translation>Das ist keine .qres-Datei, denn sie beginnt nicht mit der Kennung von QRes; eine andere Datei wählen.</translation>
    </message>
    <message>
        <source>The header of the .qres file has the wrong length or number form; the file is not valid.</source>
        <translation>Der Kopf der .qres-Datei hat eine falsche Länge oder Zahlenform; die Datei ist ungültig.</translation>
    </message>
    <message>
        <source>The file needs features of the .qres format (version {version}) that this version of QRes does not have; open it with a newer one.</source>
        <translation>Die Datei braucht Fähigkeiten des .qres-Formats (Version {version}), die diese Version von QRes nicht hat; sie mit einer neueren öffnen.</translation>
    </message>
    <message>
        <source>There are {blocks} latent blocks but the header announces {block_count}; build the header for the blocks that are written.</source>
        <translation>Es sind {blocks} latente Blöcke, aber der Kopf kündigt {block_count} an; den Kopf für die geschriebenen Blöcke bauen.</translation>
    </message>
    <message>
        <source>Version 1 of the format has no alpha channel; write version 2.</source>
        <translation>Version 1 des Formats kennt keine Transparenz; Version 2 schreiben.</translation>
    </message>
    <message>
        <source>The {name} takes {length} bytes, more than the {limit} that the format allows; leave it out or make it smaller.</source>
        <translation>Der Teil „{name}“ braucht {length} Byte, mehr als die {limit}, die das Format erlaubt; ihn weglassen oder verkleinern.</translation>
    </message>
    <message>
        <source>The file has more latent blocks than the {block} that its header announces; it is not valid.</source>
        <translation>Die Datei hat mehr latente Blöcke als die {block}, die ihr Kopf ankündigt; sie ist ungültig.</translation>
    </message>
    <message>
        <source>A latent block at position {position} stands behind metadata; the file is not valid.</source>
        <translation>Ein latenter Block an Position {position} steht hinter Metadaten; die Datei ist ungültig.</translation>
    </message>
    <message>
        <source>The file has a second {name} at position {position}; it is not valid.</source>
        <translation>Die Datei hat den Teil „{name}“ an Position {position} zum zweiten Mal; sie ist ungültig.</translation>
    </message>
    <message>
        <source>The {name} at position {position} stands behind a latent block; the file is not valid.</source>
        <translation>Der Teil „{name}“ an Position {position} steht hinter einem latenten Block; die Datei ist ungültig.</translation>
    </message>
    <message>
        <source>The file is empty; copy or download it again.</source>
        <translation>Die Datei ist leer; sie noch einmal kopieren oder herunterladen.</translation>
    </message>
    <message>
        <source>The start of the .qres file is damaged, as by a transfer that changes line ends; copy or download it again in binary form.</source>
        <translation>Der Anfang der .qres-Datei ist beschädigt, wie durch eine Übertragung, die Zeilenenden ändert; sie noch einmal binär kopieren oder herunterladen.</translation>
    </message>
    <message>
        <source>The header of the .qres file is damaged; copy or download the file again.</source>
        <translation>Der Kopf der .qres-Datei ist beschädigt; die Datei noch einmal kopieren oder herunterladen.</translation>
    </message>
    <message>
        <source>The first chunk of the .qres file is &apos;{type}&apos; and not the header; it is not valid.</source>
        <translation>Der erste Teil der .qres-Datei ist „{type}“ und nicht der Kopf; sie ist ungültig.</translation>
    </message>
    <message>
        <source>Version 1 of the format has no orientation, grey pictures or bands; write version 2.</source>
        <translation>Version 1 des Formats kennt keine Ausrichtung, keine Graubilder und keine Streifen; Version 2 schreiben.</translation>
    </message>
    <message>
        <source>The .qres file claims the format version {version}, which never existed.</source>
        <translation>Die .qres-Datei nennt die Formatversion {version}, die es nie gab.</translation>
    </message>
    <message>
        <source>The picture is {width} x {height} pixels; each side must be between 1 and {limit}.</source>
        <translation>Das Bild hat {width} x {height} Pixel; jede Seite muss zwischen 1 und {limit} liegen.</translation>
    </message>
    <message>
        <source>The picture is {width} x {height} pixels, more than the limit of {limit} in total.</source>
        <translation>Das Bild hat {width} x {height} Pixel, mehr als die Grenze von insgesamt {limit}.</translation>
    </message>
    <message>
        <source>The header announces {block_count} latent blocks; there must be 1 to {limit}.</source>
        <translation>Der Kopf kündigt {block_count} latente Blöcke an; es müssen 1 bis {limit} sein.</translation>
    </message>
    <message>
        <source>The quality index {quality_index} is not between 0 and {limit}.</source>
        <translation>Der Qualitätsindex {quality_index} liegt nicht zwischen 0 und {limit}.</translation>
    </message>
    <message>
        <source>The orientation {orientation} is not between 1 and 8.</source>
        <translation>Die Ausrichtung {orientation} liegt nicht zwischen 1 und 8.</translation>
    </message>
    <message>
        <source>Bands of {band_height} rows do not divide a picture of {height} rows.</source>
        <translation>Streifen von {band_height} Zeilen teilen kein Bild von {height} Zeilen.</translation>
    </message>
    <message>
        <source>The picture has {band_count} bands, more than the limit of {limit}.</source>
        <translation>Das Bild hat {band_count} Streifen, mehr als die Grenze von {limit}.</translation>
    </message>
    <message>
        <source>The model id has {byte_count} bytes; it must have {wanted}.</source>
        <translation>Die Kennung des Modells hat {byte_count} Byte; sie muss {wanted} haben.</translation>
    </message>
    <message>
        <source>The latent block at position {position} is not well formed; the file is not valid.</source>
        <translation>Der latente Block an Position {position} ist nicht wohlgeformt; die Datei ist ungültig.</translation>
    </message>
    <message>
        <source>A latent block has {bands} bands, but the header {band_count}.</source>
        <translation>Ein latenter Block hat {bands} Streifen, der Kopf aber {band_count}.</translation>
    </message>
    <message>
        <source>The latent blocks from {certain_blocks} on stand behind damage and were dropped.</source>
        <translation>Die latenten Blöcke ab {certain_blocks} stehen hinter einer Beschädigung und wurden weggelassen.</translation>
    </message>
    <message>
        <source>The file has more than {limit} chunks; no QRes encoder writes such a file.</source>
        <translation>Die Datei hat mehr als {limit} Teile; kein QRes-Kodierer schreibt so eine Datei.</translation>
    </message>
    <message>
        <source>The header of the .qres file is cut off; copy or download the file again.</source>
        <translation>Der Kopf der .qres-Datei ist abgeschnitten; die Datei noch einmal kopieren oder herunterladen.</translation>
    </message>
    <message>
        <source>The checksum of the chunk at position {offset} is damaged, but all of its content is whole.</source>
        <translation>Die Prüfsumme des Teils an Position {offset} ist beschädigt, sein ganzer Inhalt aber heil.</translation>
    </message>
    <message>
        <source>A latent block with missing bands cannot be written; encode the picture again.</source>
        <translation>Ein latenter Block mit fehlenden Streifen lässt sich nicht schreiben; das Bild neu kodieren.</translation>
    </message>
    <message>
        <source>A symbol checksum does not fit into 16 bits; fold it before writing.</source>
        <translation>Eine Prüfsumme von Symbolen passt nicht in 16 Bit; sie vor dem Schreiben falten.</translation>
    </message>
    <message>
        <source>chunk &apos;{type}&apos;</source>
        <translation>Teil {type}</translation>
    </message>
    <message>
        <source>The {name} at position {position} is damaged and was dropped.</source>
        <translation>Der Teil „{name}“ an Position {position} ist beschädigt und wurde weggelassen.</translation>
    </message>
    <message>
        <source>Band {index} of latent block {number} at position {position} is damaged, so it is coarser.</source>
        <translation>Streifen {index} des latenten Blocks {number} an Position {position} ist beschädigt und daher gröber.</translation>
    </message>
    <message>
        <source>The bytes from position {position} on are not a chunk; they were dropped.</source>
        <translation>Die Bytes ab Position {position} sind kein Teil einer .qres-Datei; sie wurden weggelassen.</translation>
    </message>
    <message>
        <source>The {name} at position {position} is damaged; all from it on was dropped.</source>
        <translation>Der Teil „{name}“ an Position {position} ist beschädigt; alles ab dort wurde weggelassen.</translation>
    </message>
    <message>
        <source>The file has a second header at position {position}; it is not valid.</source>
        <translation>Die Datei hat an Position {position} einen zweiten Kopf; sie ist ungültig.</translation>
    </message>
    <message>
        <source>The file needs the unknown chunk &apos;{type}&apos; at position {position}; open it with a newer version of QRes.</source>
        <translation>Die Datei braucht den unbekannten Teil „{type}“ an Position {position}; sie mit einer neueren Version von QRes öffnen.</translation>
    </message>
    <message>
        <source>The file ends inside the chunk at position {position}, which was dropped.</source>
        <translation>Die Datei endet mitten im Teil an Position {position}; er wurde weggelassen.</translation>
    </message>
    <message>
        <source>A latent block {reason}, so the file is damaged or was made with another model package.</source>
        <translation>Ein latenter Block {reason}; die Datei ist also beschädigt oder wurde mit einem anderen Modellpaket gemacht.</translation>
    </message>
    <message>
        <source>The model package gives symbols of shape {symbols} but table indices of shape {tables}; use another package.</source>
        <translation>Das Modellpaket gibt Symbole der Form {symbols}, aber Tabellennummern der Form {tables}; ein anderes Paket nehmen.</translation>
    </message>
    <message>
        <source>The model package gives a symbol that is too large to be coded; use another package.</source>
        <translation>Das Modellpaket gibt ein Symbol, das zum Kodieren zu groß ist; ein anderes Paket nehmen.</translation>
    </message>
    <message>
        <source>Every sigma must be above 0 and at most {highest}; correct the list of scales.</source>
        <translation>Jedes Sigma muss über 0 und höchstens {highest} sein; die Liste berichtigen.</translation>
    </message>
    <message>
        <source>The bitstreams are not of the format version {version}.</source>
        <translation>Die Bitströme sind nicht von der Formatversion {version}.</translation>
    </message>
    <message>
        <source>There must be one histogram of the length of its table for every table; measure them again.</source>
        <translation>Zu jeder Tabelle muss es ein Histogramm ihrer Länge geben; sie neu messen.</translation>
    </message>
    <message>
        <source>The model package refers to a frequency table that it does not have; use another package.</source>
        <translation>Das Modellpaket verweist auf eine Häufigkeitstabelle, die es nicht hat; ein anderes Paket nehmen.</translation>
    </message>
    <message>
        <source>The model package must have between 1 and {limit} frequency tables; get it again.</source>
        <translation>Das Modellpaket muss zwischen 1 und {limit} Häufigkeitstabellen haben; es neu besorgen.</translation>
    </message>
    <message>
        <source>The model package has not as many frequency tables as limits; get it again.</source>
        <translation>Das Modellpaket hat nicht so viele Häufigkeitstabellen wie Grenzen; es neu besorgen.</translation>
    </message>
    <message>
        <source>The limits of the frequency tables of the model package are not valid; get it again.</source>
        <translation>Die Grenzen der Häufigkeitstabellen des Modellpakets sind ungültig; es neu besorgen.</translation>
    </message>
    <message>
        <source>The frequency tables of the model package have the wrong length; get the package again.</source>
        <translation>Die Häufigkeitstabellen des Modellpakets haben die falsche Länge; das Paket neu besorgen.</translation>
    </message>
    <message>
        <source>ends in a zero byte</source>
        <translation>endet mit einem Nullbyte</translation>
    </message>
    <message>
        <source>has bytes left over</source>
        <translation>hat überzählige Bytes</translation>
    </message>
    <message>
        <source>holds a symbol that is too large</source>
        <translation>enthält ein zu großes Symbol</translation>
    </message>
    <message>
        <source>The frequency table {table} of the model package is not valid; get the package again.</source>
        <translation>Die Häufigkeitstabelle {table} des Modellpakets ist ungültig; das Paket neu besorgen.</translation>
    </message>
    <message>
        <source>holds a symbol behind its last element</source>
        <translation>enthält ein Symbol hinter seinem letzten Element</translation>
    </message>
    <message>
        <source>begins with a zero byte</source>
        <translation>beginnt mit einem Nullbyte</translation>
    </message>
    <message>
        <source>post-filter</source>
        <translation>Nachfilter</translation>
    </message>
    <message>
        <source>ends within a word</source>
        <translation>endet mitten in einem Wort</translation>
    </message>
    <message>
        <source>does not end where its piece does</source>
        <translation>endet nicht, wo sein Stück endet</translation>
    </message>
    <message>
        <source>ends too early</source>
        <translation>endet zu früh</translation>
    </message>
    <message>
        <source>does not match its checksum</source>
        <translation>passt nicht zu seiner Prüfsumme</translation>
    </message>
    <message>
        <source>there is no such file or folder</source>
        <translation>eine solche Datei oder einen solchen Ordner gibt es nicht</translation>
    </message>
    <message>
        <source>it is a folder</source>
        <translation>es ist ein Ordner</translation>
    </message>
    <message>
        <source>permission is denied</source>
        <translation>die Berechtigung fehlt</translation>
    </message>
    <message>
        <source>The file needs the model package {model_id}, which is not installed; install that .qresmodel file, or name it explicitly, and try again.</source>
        <translation>Die Datei braucht das Modellpaket {model_id}, das nicht installiert ist; diese .qresmodel-Datei installieren oder ausdrücklich nennen, dann noch einmal versuchen.</translation>
    </message>
    <message>
        <source>The pictures must have the same size, not {first_width} x {first_height} and {second_width} x {second_height} pixels; scale one of them.</source>
        <translation>Die Bilder müssen gleich groß sein, nicht {first_width} x {first_height} und {second_width} x {second_height} Pixel; eines davon skalieren.</translation>
    </message>
    <message>
        <source>The number of latent blocks must be between 0 and {block_count}, not {kept}.</source>
        <translation>Die Zahl der latenten Blöcke muss zwischen 0 und {block_count} liegen, nicht {kept}.</translation>
    </message>
    <message>
        <source>The region {region} (x,y,width,height) must lie within the picture of {width} x {height} pixels and leave some of it.</source>
        <translation>Der Ausschnitt {region} (x,y,Breite,Höhe) muss im Bild von {width} x {height} Pixeln liegen und etwas davon übrig lassen.</translation>
    </message>
    <message>
        <source>The second picture has another colour profile; the results carry that of the first.</source>
        <translation>Das zweite Bild hat ein anderes Farbprofil; die Ergebnisse tragen das des ersten.</translation>
    </message>
    <message>
        <source>The position must be between 0 and 1, not {position}.</source>
        <translation>Die Stelle muss zwischen 0 und 1 liegen, nicht {position}.</translation>
    </message>
    <message>
        <source>The model package lacks the graph &quot;{name}&quot;, without which latents cannot be mixed; export the model anew with python -m export.to_onnx.</source>
        <translation>Dem Modellpaket fehlt der Graph „{name}“, ohne den sich Latente nicht mischen lassen; das Modell mit python -m export.to_onnx neu exportieren.</translation>
    </message>
    <message>
        <source>A picture of {width} x {height} pixels was scaled and cut to {new_width} x {new_height}.</source>
        <translation>Ein Bild von {width} x {height} Pixeln wurde auf {new_width} x {new_height} skaliert und beschnitten.</translation>
    </message>
    <message>
        <source>{name} is empty; choose a picture file.</source>
        <translation>{name} ist leer; eine Bilddatei wählen.</translation>
    </message>
    <message>
        <source>The image</source>
        <translation>Das Bild</translation>
    </message>
    <message>
        <source>The extension &quot;{extension}&quot; of the output is not one that can be written; use one of {known}.</source>
        <translation>Die Endung „{extension}“ der Ausgabe ist keine, die sich schreiben lässt; eine von {known} nehmen.</translation>
    </message>
    <message>
        <source>{name} holds floating-point samples; convert it to 8 or 16 bits first.</source>
        <translation>{name} enthält Gleitkommawerte; erst in 8 oder 16 Bit umwandeln.</translation>
    </message>
    <message>
        <source>{name} holds 32-bit samples of no fixed range; convert it to 8 or 16 bits first.</source>
        <translation>{name} enthält 32-Bit-Werte ohne festen Bereich; erst in 8 oder 16 Bit umwandeln.</translation>
    </message>
    <message>
        <source>The input {path} cannot be read: {reason}; check the path and its permissions.</source>
        <translation>Die Eingabe {path} lässt sich nicht lesen: {reason}; Pfad und Rechte prüfen.</translation>
    </message>
    <message>
        <source>{name} is a PostScript program, not a picture; convert it to PNG first.</source>
        <translation>{name} ist ein PostScript-Programm, kein Bild; erst in PNG umwandeln.</translation>
    </message>
    <message>
        <source>{name} declares too many pixels to be read safely; scale it down first.</source>
        <translation>{name} gibt zu viele Pixel an, um sicher gelesen zu werden; erst verkleinern.</translation>
    </message>
    <message>
        <source>{name} is not a readable picture; it may be damaged or of an unknown type.</source>
        <translation>{name} ist kein lesbares Bild; vielleicht beschädigt oder von unbekannter Art.</translation>
    </message>
    <message>
        <source>The output has no extension that names its file type; use one of {known}.</source>
        <translation>Die Ausgabe hat keine Endung, die ihren Dateityp nennt; eine von {known} nehmen.</translation>
    </message>
    <message>
        <source>The EXIF block is damaged and is not kept.</source>
        <translation>Der EXIF-Block ist beschädigt und wird nicht behalten.</translation>
    </message>
    <message>
        <source>A {width}x{height} picture cannot be stored as {extension}: {error}; use .png or .tiff.</source>
        <translation>Ein Bild von {width} x {height} Pixeln lässt sich nicht als {extension} speichern: {error}; .png oder .tiff nehmen.</translation>
    </message>
    <message>
        <source>This looks like a drawing or a screenshot; PNG or lossless WebP would keep it exactly in few bytes.</source>
        <translation>Das sieht nach einer Zeichnung oder einem Bildschirmfoto aus; PNG oder verlustfreies WebP würde es in wenigen Bytes genau behalten.</translation>
    </message>
    <message>
        <source>The Photoshop/IPTC block is not kept.</source>
        <translation>Der Photoshop/IPTC-Block wird nicht behalten.</translation>
    </message>
    <message>
        <source>The comment is not kept.</source>
        <translation>Der Kommentar wird nicht behalten.</translation>
    </message>
    <message>
        <source>The print resolution of {resolution} dots per inch is not kept.</source>
        <translation>Die Druckauflösung von {resolution} Punkten pro Zoll wird nicht behalten.</translation>
    </message>
    <message>
        <source>The text fields of the file are not kept: {texts}.</source>
        <translation>Die Textfelder der Datei werden nicht behalten: {texts}.</translation>
    </message>
    <message>
        <source>Only the first of {frames} frames is kept.</source>
        <translation>Nur das erste von {frames} Einzelbildern wird behalten.</translation>
    </message>
    <message>
        <source>The {bits} bits per sample are reduced to 8.</source>
        <translation>Die {bits} Bit pro Wert werden auf 8 verringert.</translation>
    </message>
    <message>
        <source>The colour space (CICP {primaries}/{transfer}) is not known; the colours are taken as sRGB.</source>
        <translation>Der Farbraum (CICP {primaries}/{transfer}) ist nicht bekannt; die Farben werden als sRGB genommen.</translation>
    </message>
    <message>
        <source>The CMYK colours are converted to sRGB without a usable colour profile.</source>
        <translation>Die CMYK-Farben werden ohne brauchbares Farbprofil in sRGB umgewandelt.</translation>
    </message>
    <message>
        <source>The colour profile does not fit RGB pixels and is not kept.</source>
        <translation>Das Farbprofil passt nicht zu RGB-Pixeln und wird nicht behalten.</translation>
    </message>
    <message>
        <source>grey-scale</source>
        <translation>Graustufen</translation>
    </message>
    <message>
        <source>A JPEG file has no transparency; the picture is placed on white.</source>
        <translation>Eine JPEG-Datei kennt keine Transparenz; das Bild wird auf Weiß gesetzt.</translation>
    </message>
    <message>
        <source>The EXIF block is too long for a JPEG file and is not kept.</source>
        <translation>Der EXIF-Block ist für eine JPEG-Datei zu lang und wird nicht behalten.</translation>
    </message>
    <message>
        <source>The XMP packet is too long for a JPEG file and is not kept.</source>
        <translation>Das XMP-Paket ist für eine JPEG-Datei zu lang und wird nicht behalten.</translation>
    </message>
    <message>
        <source>{name} is a {kind} picture; install qres-codec[{extra}] to read it.</source>
        <translation>{name} ist ein {kind}-Bild; qres-codec[{extra}] installieren, um es zu lesen.</translation>
    </message>
    <message>
        <source>This is an HDR picture ({kind}); in 8 bits its dark and bright tones may show steps.</source>
        <translation>Das ist ein HDR-Bild ({kind}); in 8 Bit können dunkle und helle Töne Stufen zeigen.</translation>
    </message>
    <message>
        <source>The {space} colours are converted to sRGB.</source>
        <translation>Die Farben ({space}) werden in sRGB umgewandelt.</translation>
    </message>
    <message>
        <source>The XMP packet is not UTF-8 and does not fit into a PNG file.</source>
        <translation>Das XMP-Paket ist kein UTF-8 und passt nicht in eine PNG-Datei.</translation>
    </message>
    <message>
        <source>The lossless part does not give the picture that was encoded; decode with a number of latent blocks to get the lossy picture.</source>
        <translation>Der verlustfreie Teil ergibt nicht das Bild, das kodiert wurde; mit einer Anzahl latenter Blöcke dekodieren, um das verlustbehaftete Bild zu bekommen.</translation>
    </message>
    <message>
        <source>The lossless part of the .qres file is not valid; encode the picture again.</source>
        <translation>Der verlustfreie Teil der .qres-Datei ist ungültig; das Bild erneut kodieren.</translation>
    </message>
    <message>
        <source>The table of magnitudes of the model package is not valid; get it again.</source>
        <translation>Die Tabelle der Beträge des Modellpakets ist ungültig; das Paket neu besorgen.</translation>
    </message>
    <message>
        <source>The layer {name} of the lossless head of the model package is not valid; get it again.</source>
        <translation>Die Schicht {name} des verlustfreien Kopfes des Modellpakets ist ungültig; das Paket neu besorgen.</translation>
    </message>
    <message>
        <source>The model package lacks {error}; get it again.</source>
        <translation>Dem Modellpaket fehlt {error}; das Paket neu besorgen.</translation>
    </message>
    <message>
        <source>The graph &quot;{name}&quot; of {package}</source>
        <translation>Der Graph „{name}“ ({package})</translation>
    </message>
    <message>
        <source>A graph of the model package gives {dtype} {shape} where the format asks for {wanted_dtype} {wanted_shape}; get the model package anew.</source>
        <translation>Ein Graph des Modellpakets gibt {dtype} {shape}, wo das Format {wanted_dtype} {wanted_shape} verlangt; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>This installation has no default model package; name one explicitly.</source>
        <translation>Diese Installation hat kein eigenes Modellpaket; eines ausdrücklich nennen.</translation>
    </message>
    <message>
        <source>The model package</source>
        <translation>Das Modellpaket</translation>
    </message>
    <message>
        <source>{label} is missing; get the model package anew.</source>
        <translation>{label} fehlt; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>{label} holds frequency tables that contradict its manifest; get it anew.</source>
        <translation>{label} enthält Häufigkeitstabellen, die dem Manifest widersprechen; neu besorgen.</translation>
    </message>
    <message>
        <source>{label} holds frequency tables of another type than int32; get it anew.</source>
        <translation>{label} enthält Häufigkeitstabellen von anderem Typ als int32; es neu besorgen.</translation>
    </message>
    <message>
        <source>{label} lacks the graph &quot;{name}&quot;; get the model package anew.</source>
        <translation>{label}: Es fehlt der Graph „{name}“; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>{label} is not a valid model package, or is damaged; get it anew.</source>
        <translation>{label} ist kein gültiges Modellpaket oder beschädigt; neu besorgen.</translation>
    </message>
    <message>
        <source>{label} lacks {name}; get the model package anew.</source>
        <translation>{label}: Es fehlt {name}; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>{label} needs a newer version of this program (package version {version}).</source>
        <translation>{label} braucht eine neuere Version dieses Programms (Paketversion {version}).</translation>
    </message>
    <message>
        <source>The manifest of {label} is not valid ({error}); get the model package anew.</source>
        <translation>{label}: Das Manifest ist ungültig ({error}); das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>the stride of a section does not divide that of the section before</source>
        <translation>die Schrittweite eines Abschnitts teilt nicht die des vorigen</translation>
    </message>
    <message>
        <source>there is a lossless head, but there are no sections</source>
        <translation>es gibt einen verlustfreien Kopf, aber keine Abschnitte</translation>
    </message>
    <message>
        <source>{name} is not an integer in {lowest}..{highest}</source>
        <translation>{name} ist keine ganze Zahl in {lowest}..{highest}</translation>
    </message>
    <message>
        <source>{name} is not a line of at most {limit} printable characters</source>
        <translation>{name} ist keine Zeile von höchstens {limit} druckbaren Zeichen</translation>
    </message>
    <message>
        <source>{path} is larger than a model package may be; get the model package anew.</source>
        <translation>{path} ist größer, als ein Modellpaket sein darf; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>The model package {path} cannot be read: {reason}; check the path.</source>
        <translation>Das Modellpaket {path} lässt sich nicht lesen: {reason}; den Pfad prüfen.</translation>
    </message>
    <message>
        <source>{label} needs &quot;{tensor}&quot; from &quot;{location}&quot;, which is not in the package.</source>
        <translation>{label} braucht „{tensor}“ aus „{location}“, das nicht im Paket ist.</translation>
    </message>
    <message>
        <source>{label} expects &quot;{tensor}&quot; as {wanted}, not {dtype}.</source>
        <translation>{label} erwartet „{tensor}“ als {wanted}, nicht {dtype}.</translation>
    </message>
    <message>
        <source>{label} expects another shape of &quot;{tensor}&quot; than the package holds.</source>
        <translation>{label} erwartet eine andere Form von „{tensor}“, als das Paket enthält.</translation>
    </message>
    <message>
        <source>{label} holds no {error}; get the model package anew.</source>
        <translation>{label}: Es fehlt {error}; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>{label} holds a damaged tensor file; get the model package anew.</source>
        <translation>{label} enthält eine beschädigte Tensordatei; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>{label} holds too many or repeated members; get the model package anew.</source>
        <translation>{label} enthält zu viele oder doppelte Teile; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>{label} claims more content than it has; get the model package anew.</source>
        <translation>{label} gibt mehr Inhalt an, als da ist; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>the format is not &quot;qresmodel&quot;</source>
        <translation>das Format ist nicht „qresmodel“</translation>
    </message>
    <message>
        <source>quality_count and lambdas disagree</source>
        <translation>quality_count und lambdas widersprechen sich</translation>
    </message>
    <message>
        <source>lambdas or macs_per_pixel are not finite</source>
        <translation>lambdas oder macs_per_pixel sind nicht endlich</translation>
    </message>
    <message>
        <source>the number of latent blocks is not in 1..{limit}</source>
        <translation>die Zahl der latenten Blöcke liegt nicht in 1..{limit}</translation>
    </message>
    <message>
        <source>the alignment is not a multiple of every stride</source>
        <translation>die Ausrichtung ist kein Vielfaches jeder Schrittweite</translation>
    </message>
    <message>
        <source>the stride of a latent block does not divide that of the block before</source>
        <translation>die Schrittweite eines latenten Blocks teilt nicht die des Blocks davor</translation>
    </message>
    <message>
        <source>halos are not those of the sections</source>
        <translation>die Halos sind nicht die der Abschnitte</translation>
    </message>
    <message>
        <source>there are halos, but the package is not portable</source>
        <translation>es gibt Halos, aber das Paket ist nicht portabel</translation>
    </message>
    <message>
        <source>portable or training has the wrong type</source>
        <translation>portable oder training hat den falschen Typ</translation>
    </message>
    <message>
        <source>{label} holds the unexpected member &quot;{member}&quot;.</source>
        <translation>{label} enthält den unerwarteten Teil „{member}“.</translation>
    </message>
    <message>
        <source>{label} holds &quot;{member}&quot; compressed or larger than allowed.</source>
        <translation>{label} enthält „{member}“ komprimiert oder größer als erlaubt.</translation>
    </message>
    <message>
        <source>{name} is not a valid ONNX model; get the model package anew.</source>
        <translation>{name} ist kein gültiges ONNX-Modell; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>{name} uses the operator {domain}{operator}, which is not allowed.</source>
        <translation>{name} verwendet den Operator {domain}{operator}, der nicht erlaubt ist.</translation>
    </message>
    <message>
        <source>{name} declares a weight without one name and one location; get the model package anew.</source>
        <translation>{name} gibt ein Gewicht ohne einen Namen und einen Ort an; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>{name} declares a weight that is larger than a model package may use.</source>
        <translation>{name} gibt ein Gewicht an, das größer ist, als ein Modellpaket es haben darf.</translation>
    </message>
    <message>
        <source>{name} uses a nested graph, which a model package may not use.</source>
        <translation>{name} verwendet einen geschachtelten Graphen, was ein Modellpaket nicht darf.</translation>
    </message>
    <message>
        <source>{name} contains sparse weights, which a model package may not use.</source>
        <translation>{name} enthält dünn besetzte Gewichte, was ein Modellpaket nicht darf.</translation>
    </message>
    <message>
        <source>{name} keeps a constant outside the graph, which a model package may not do.</source>
        <translation>{name} hält eine Konstante außerhalb des Graphen, was ein Modellpaket nicht darf.</translation>
    </message>
    <message>
        <source>{name} declares a constant that is larger than its content; get the model package anew.</source>
        <translation>{name} gibt eine Konstante an, die größer ist als ihr Inhalt; das Modellpaket neu besorgen.</translation>
    </message>
    <message>
        <source>{name} contains functions or training information, which a model package may not use.</source>
        <translation>{name} enthält Funktionen oder Trainingsangaben, was ein Modellpaket nicht darf.</translation>
    </message>
    <message>
        <source>{name} has more than the {limit} nodes that a model package may use.</source>
        <translation>{name} hat mehr als die {limit} Knoten, die ein Modellpaket haben darf.</translation>
    </message>
    <message>
        <source>A picture needs uint8 pixels of shape [height, width, 3] with at least one pixel, but these are {dtype} of shape {shape}.</source>
        <translation>Ein Bild braucht Pixel vom Typ uint8 der Form [Höhe, Breite, 3], mindestens eines; diese sind {dtype} der Form {shape}.</translation>
    </message>
    <message>
        <source>The alpha channel needs to be uint8 of shape {wanted_shape}, but it is {dtype} of shape {shape}.</source>
        <translation>Die Transparenz muss uint8 der Form {wanted_shape} sein, ist aber {dtype} der Form {shape}.</translation>
    </message>
    <message>
        <source>The post-filter is not well formed; the file is not valid.</source>
        <translation>Der Nachfilter ist nicht wohlgeformt; die Datei ist ungültig.</translation>
    </message>
    <message>
        <source>A lossless file has the size it has; leave out either the target or lossless coding.</source>
        <translation>Eine verlustfreie Datei hat die Größe, die sie hat; entweder das Ziel oder die verlustfreie Kodierung weglassen.</translation>
    </message>
    <message>
        <source>its folder does not exist; create the folder or choose another one</source>
        <translation>den Ordner gibt es nicht; ihn anlegen oder einen anderen wählen</translation>
    </message>
    <message>
        <source>a part of its path is not a folder; choose another place</source>
        <translation>ein Teil des Pfads ist kein Ordner; einen anderen Ort wählen</translation>
    </message>
    <message>
        <source>it is a folder; give the name of a file in it</source>
        <translation>es ist ein Ordner; den Namen einer Datei darin angeben</translation>
    </message>
    <message>
        <source>permission is denied; choose another place or change its permissions</source>
        <translation>die Berechtigung fehlt; einen anderen Ort wählen oder die Rechte ändern</translation>
    </message>
    <message>
        <source>the medium is read-only; choose another place</source>
        <translation>der Datenträger ist schreibgeschützt; einen anderen Ort wählen</translation>
    </message>
    <message>
        <source>the disk is full; free some space or choose another disk</source>
        <translation>der Datenträger ist voll; Platz schaffen oder einen anderen wählen</translation>
    </message>
    <message>
        <source>the disk quota is used up; free some space or choose another disk</source>
        <translation>das Kontingent ist aufgebraucht; Platz schaffen oder einen anderen Datenträger wählen</translation>
    </message>
    <message>
        <source>the file would be larger than this medium or account allows; choose another place</source>
        <translation>die Datei wäre größer, als dieser Datenträger oder dieses Konto erlaubt; einen anderen Ort wählen</translation>
    </message>
    <message>
        <source>its name is too long; choose a shorter one</source>
        <translation>der Name ist zu lang; einen kürzeren wählen</translation>
    </message>
    <message>
        <source>Cannot write {path!r}: {reason}.</source>
        <translation>{path!r} lässt sich nicht schreiben: {reason}.</translation>
    </message>
    <message>
        <source>{error}; choose another place</source>
        <translation>{error}; einen anderen Ort wählen</translation>
    </message>
    <message>
        <source>The temperature must be between 0 and 1, not {temperature}.</source>
        <translation>Die Temperatur muss zwischen 0 und 1 liegen, nicht {temperature}.</translation>
    </message>
    <message>
        <source>The seed must be between 0 and {limit}, not {seed}.</source>
        <translation>Der Startwert muss zwischen 0 und {limit} liegen, nicht {seed}.</translation>
    </message>
    <message>
        <source>The model package gives a symbol that is too large; use another package.</source>
        <translation>Das Modellpaket gibt ein zu großes Symbol; ein anderes Paket nehmen.</translation>
    </message>
    <message>
        <source>&quot;{text}&quot; is no target size; write it as in 90000, 90KB, 1.5MB or 12%.</source>
        <translation>„{text}“ ist keine Zielgröße; so schreiben: 90000, 90KB, 1.5MB oder 12%.</translation>
    </message>
    <message>
        <source>The quality must be between {lowest} and {highest}, not {quality}.</source>
        <translation>Die Qualität muss zwischen {lowest} und {highest} liegen, nicht {quality}.</translation>
    </message>
    <message>
        <source>The share of the preview must be between 0 and 1, not {preview_share}.</source>
        <translation>Der Anteil der Vorschau muss zwischen 0 und 1 liegen, nicht {preview_share}.</translation>
    </message>
    <message>
        <source>The target size must be at least 1 byte, not {byte_count}.</source>
        <translation>Die Zielgröße muss mindestens 1 Byte sein, nicht {byte_count}.</translation>
    </message>
    <message>
        <source>The target must be a positive share of the source file, not {percent} %.</source>
        <translation>Das Ziel muss ein positiver Anteil der Quelldatei sein, nicht {percent} %.</translation>
    </message>
    <message>
        <source>The target PSNR must be a positive number of dB, not {decibels}.</source>
        <translation>Der Ziel-PSNR muss eine positive Zahl von dB sein, nicht {decibels}.</translation>
    </message>
    <message>
        <source>The extension {extension!r} must begin with a dot, as in &quot;.qres&quot;.</source>
        <translation>Die Endung {extension!r} muss mit einem Punkt beginnen, wie in „.qres“.</translation>
    </message>
    <message>
        <source>suffix</source>
        <translation>Namenszusatz</translation>
    </message>
    <message>
        <source>extension</source>
        <translation>Endung</translation>
    </message>
    <message>
        <source>The {what} {part!r} holds {character!r}, which no file name may; leave it out.</source>
        <translation>{what} {part!r} enthält {character!r}, was in keinem Dateinamen stehen darf; weglassen.</translation>
    </message>
    <message>
        <source>{path} cannot be read: {reason}; check the path.</source>
        <translation>{path} lässt sich nicht lesen: {reason}; den Pfad prüfen.</translation>
    </message>
    <message>
        <source>{path} holds no preview; encode the picture again to get one.</source>
        <translation>{path} enthält keine Vorschau; das Bild neu kodieren, um eine zu bekommen.</translation>
    </message>
    <message>
        <source>{path} is not a readable picture; it may be damaged or of an unknown type.</source>
        <translation>{path} ist kein lesbares Bild; vielleicht beschädigt oder von unbekannter Art.</translation>
    </message>
    <message>
        <source>{path} is not a picture; choose another file.</source>
        <translation>{path} ist kein Bild; eine andere Datei wählen.</translation>
    </message>
    <message>
        <source>A graph of the model package gives varying numbers of channels; get it anew.</source>
        <translation>Ein Graph des Modellpakets gibt wechselnde Zahlen von Kanälen; es neu besorgen.</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>&amp;Picture</source>
        <translation>&amp;Bild</translation>
    </message>
    <message>
        <source>&amp;Laboratory</source>
        <translation>&amp;Labor</translation>
    </message>
    <message>
        <source>&amp;Batch</source>
        <translation>&amp;Stapel</translation>
    </message>
</context>
<context>
    <name>MenuBar</name>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Result</source>
        <translation>&amp;Ergebnis</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
</context>
<context>
    <name>ProgressivePanel</name>
    <message>
        <source>&amp;Latent blocks</source>
        <translation>&amp;Latente Blöcke</translation>
    </message>
    <message>
        <source>Bits of each latent block</source>
        <translation>Bit jedes latenten Blocks</translation>
    </message>
    <message>
        <source>Latent blocks shown</source>
        <translation>Gezeigte latente Blöcke</translation>
    </message>
    <message>
        <source>How many latent blocks are shown</source>
        <translation>Wie viele latente Blöcke gezeigt werden</translation>
    </message>
    <message>
        <source>Every block sharpens the picture.</source>
        <translation>Jeder Block macht das Bild schärfer.</translation>
    </message>
    <message>
        <source>Save these blocks …</source>
        <translation>Diese Blöcke speichern …</translation>
    </message>
    <message>
        <source>Save the blocks shown as a smaller QRes file of their own</source>
        <translation>Die gezeigten Blöcke als eigene, kleinere QRes-Datei speichern</translation>
    </message>
    <message>
        <source>{blocks} of {count}</source>
        <translation>{blocks} von {count}</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Play the refinement</source>
        <translation>Verfeinerung abspielen</translation>
    </message>
</context>
<context>
    <name>QualityPanel</name>
    <message>
        <source>Options</source>
        <translation>Optionen</translation>
    </message>
    <message>
        <source>Metadata, model and device</source>
        <translation>Metadaten, Modell und Gerät</translation>
    </message>
    <message>
        <source>Keep camera data and place (EXIF, XMP)</source>
        <translation>Kameradaten behalten (EXIF, XMP)</translation>
    </message>
    <message>
        <source>The colour profile is always kept: without it the colours would change</source>
        <translation>Das Farbprofil bleibt immer erhalten: ohne es änderten sich die Farben</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>The model package that encodes</source>
        <translation>Das Modellpaket, das kodiert</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Where the networks run</source>
        <translation>Worauf die Netze rechnen</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Processor (CPU)</source>
        <translation>Prozessor (CPU)</translation>
    </message>
    <message>
        <source>Graphics card (CUDA)</source>
        <translation>Grafikkarte (CUDA)</translation>
    </message>
    <message>
        <source>Device in use</source>
        <translation>Benutztes Gerät</translation>
    </message>
    <message>
        <source>In use: {device}</source>
        <translation>In Benutzung: {device}</translation>
    </message>
    <message>
        <source>Standard</source>
        <translation>Standard</translation>
    </message>
    <message>
        <source>From a file …</source>
        <translation>Aus einer Datei …</translation>
    </message>
</context>
<context>
    <name>RecentMenu</name>
    <message>
        <source>Open &amp;recent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>No files yet</source>
        <translation>Noch keine Dateien</translation>
    </message>
    <message>
        <source>&amp;Forget these files</source>
        <translation>Diese Dateien &amp;vergessen</translation>
    </message>
</context>
<context>
    <name>SidePanel</name>
    <message>
        <source>Panels</source>
        <translation>Seitenleisten</translation>
    </message>
    <message>
        <source>The result, or what its file holds</source>
        <translation>Das Ergebnis, oder was seine Datei enthält</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Drag the file from here into a folder or another program</source>
        <translation>Die Datei von hier in einen Ordner oder ein anderes Programm ziehen</translation>
    </message>
    <message>
        <source>Drag the file out</source>
        <translation>Datei herausziehen</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Information</source>
        <translation>Information</translation>
    </message>
    <message>
        <source>Export picture …</source>
        <translation>Bild exportieren …</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>Gespeichert</translation>
    </message>
    <message>
        <source>Save {size}</source>
        <translation>{size} speichern</translation>
    </message>
</context>
<context>
    <name>State</name>
    <message>
        <source>There is not enough memory for a picture of this size; use a smaller picture.</source>
        <translation>Für ein Bild dieser Größe reicht der Speicher nicht; nehmen Sie ein kleineres Bild.</translation>
    </message>
    <message>
        <source>This should not have happened: {error}. Please report it.</source>
        <translation>Das hätte nicht geschehen dürfen: {error}. Bitte melden Sie es.</translation>
    </message>
    <message>
        <source>Web: small, without metadata</source>
        <translation>Netz: klein, ohne Metadaten</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>Archive: best picture</source>
        <translation>Archiv: bestes Bild</translation>
    </message>
    <message>
        <source>Opening {name}</source>
        <translation>{name} wird geöffnet</translation>
    </message>
    <message>
        <source>Opened {name}.</source>
        <translation>{name} ist geöffnet.</translation>
    </message>
    <message>
        <source>Encoded losslessly.</source>
        <translation>Verlustfrei kodiert.</translation>
    </message>
    <message>
        <source>Encoded at quality {quality}.</source>
        <translation>Mit Qualität {quality} kodiert.</translation>
    </message>
    <message>
        <source>Open a picture first.</source>
        <translation>Bitte zuerst ein Bild öffnen.</translation>
    </message>
    <message>
        <source>Choose the other picture.</source>
        <translation>Bitte das andere Bild wählen.</translation>
    </message>
    <message>
        <source>Draw a rectangle on the picture.</source>
        <translation>Bitte ein Rechteck auf dem Bild aufziehen.</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>Writing {name} …</source>
        <translation>{name} wird geschrieben …</translation>
    </message>
    <message>
        <source>Saved the first {blocks} of {count} latent blocks as {name}.</source>
        <translation>Die ersten {blocks} von {count} latenten Blöcken sind als {name} gespeichert.</translation>
    </message>
    <message>
        <source>Saved {name}.</source>
        <translation>{name} ist gespeichert.</translation>
    </message>
    <message>
        <source>Exported {name}.</source>
        <translation>{name} ist exportiert.</translation>
    </message>
    <message>
        <source>Copied the picture.</source>
        <translation>Das Bild ist kopiert.</translation>
    </message>
    <message>
        <source>There is no picture in the clipboard.</source>
        <translation>In der Zwischenablage ist kein Bild.</translation>
    </message>
    <message>
        <source>Encoding at quality {quality}</source>
        <translation>Kodieren mit Qualität {quality}</translation>
    </message>
    <message>
        <source>Looking for the quality that meets the target</source>
        <translation>Die Qualität zum Ziel wird gesucht</translation>
    </message>
    <message>
        <source>Decoding</source>
        <translation>Dekodieren</translation>
    </message>
    <message>
        <source>CUDA cannot be used on this computer, so the processor does the work.</source>
        <translation>CUDA lässt sich auf diesem Rechner nicht benutzen, deshalb rechnet der Prozessor.</translation>
    </message>
    <message>
        <source>{path} cannot be opened: {reason}; choose another file.</source>
        <translation>{path} lässt sich nicht öffnen: {reason}; eine andere Datei wählen.</translation>
    </message>
    <message>
        <source>Encoding losslessly</source>
        <translation>Verlustfrei kodieren</translation>
    </message>
    <message>
        <source>Decoding {blocks} of {count} latent blocks</source>
        <translation>{blocks} von {count} latenten Blöcken werden dekodiert</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>Das Modell wird geladen</translation>
    </message>
    <message>
        <source>{name} is no name for a QRes file; let it end in {extension}, or choose Export for a picture of another type.</source>
        <translation>{name} ist kein Name für eine QRes-Datei; lassen Sie ihn auf {extension} enden, oder wählen Sie Exportieren für ein Bild einer anderen Art.</translation>
    </message>
    <message>
        <source>{name} is the file that was opened, and originals stay as they are; choose another name.</source>
        <translation>{name} ist die Datei, die geöffnet wurde, und Originale bleiben, wie sie sind; wählen Sie einen anderen Namen.</translation>
    </message>
    <message>
        <source>{name} is no file to take a percentage of; choose another target.</source>
        <translation>{name} ist keine Datei, von der sich ein Anteil nehmen ließe; wählen Sie ein anderes Ziel.</translation>
    </message>
    <message>
        <source>Not even the best quality reaches this PSNR; the result is the best there is.</source>
        <translation>Nicht einmal die beste Qualität erreicht diesen PSNR; das Ergebnis ist das beste, das es gibt.</translation>
    </message>
    <message>
        <source>Not even the lowest quality is as small as the target; the result is the smallest there is.</source>
        <translation>Nicht einmal die niedrigste Qualität ist so klein wie das Ziel; das Ergebnis ist das kleinste, das es gibt.</translation>
    </message>
    <message>
        <source>There is nothing new to convert in what was added.</source>
        <translation>In dem, was hinzukam, ist nichts Neues umzuwandeln.</translation>
    </message>
    <message>
        <source>Cancelled. What is finished stays; the rest can be converted later.</source>
        <translation>Abgebrochen. Was fertig ist, bleibt; der Rest lässt sich später umwandeln.</translation>
    </message>
    <message>
        <source>The report was saved as {name}.</source>
        <translation>Der Bericht ist als {name} gespeichert.</translation>
    </message>
    <message>
        <source>Making a picture</source>
        <translation>Ein Bild wird erzeugt</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Model and device</source>
        <translation>Modell und Gerät</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>This is a sample. Drop a picture of your own into the window, or choose Open.</source>
        <translation>Das ist ein Beispiel. Ziehen Sie ein eigenes Bild in das Fenster, oder wählen Sie Öffnen.</translation>
    </message>
    <message>
        <source>The model {model} runs on {device}</source>
        <translation>Das Modell {model} läuft auf {device}</translation>
    </message>
</context>
<context>
    <name>ToolBar</name>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>Maßstab</translation>
    </message>
</context>
<context>
    <name>view</name>
    <message>
        <source>Files to convert</source>
        <translation>Umzuwandelnde Dateien</translation>
    </message>
</context>
</TS>
