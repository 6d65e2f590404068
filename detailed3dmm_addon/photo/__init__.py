"""A face from photos: finding it, camera, shape, light and texture. No bpy; torch and cv2 where first used."""
